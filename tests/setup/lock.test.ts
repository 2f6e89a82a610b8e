import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isStale, withLock } from "../../scripts/lib/lock.mjs";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenlane-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("holders follow each other, and the second is told of the first", async () => {
  const order: string[] = [];
  const waited: number[] = [];
  let finish = () => {};
  const first = withLock(path, async () => {
    order.push("first in");
    await new Promise<void>((done) => {
      finish = done;
    });
    order.push("first out");
  });
  const second = withLock(path, async () => order.push("second in"), {
    onWait: ({ pid }: { pid: number }) => {
      waited.push(pid);
      finish();
    },
  });
  await Promise.all([first, second]);
  expect(order).toEqual(["first in", "first out", "second in"]);
  expect(waited).toEqual([process.pid]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a failure releases it", async () => {
  await expect(withLock(path, async () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(existsSync(path)).toBe(false);
});

test("the lock of a process that is gone is taken over", async () => {
  const gone = spawn(process.execPath, ["-e", ""]);
  await new Promise((done) => gone.once("exit", done));
  writeFileSync(path, JSON.stringify({ pid: gone.pid, host: hostname() }));
  const mine = await withLock(path, async () => JSON.parse(readFileSync(path, "utf8")));
  expect(mine.pid).toBe(process.pid);
});

test.runIf(existsSync("/proc/self/stat"))("a process that got the same id later is not its holder", () => {
  const content = JSON.stringify({ pid: process.pid, start: "1", host: hostname() });
  writeFileSync(path, content);
  expect(isStale(path, content)).toBe(true);
});

test("a holder on another machine is judged by the file's age", () => {
  const content = JSON.stringify({ pid: process.pid, host: `not-${hostname()}` });
  writeFileSync(path, content);
  expect(isStale(path, content)).toBe(false);
  const before = new Date(Date.now() - 300_000);
  utimesSync(path, before, before);
  expect(isStale(path, content)).toBe(true);
});

test("a folder that cannot be made is said in one sentence", async () => {
  writeFileSync(path, "a file, not a folder");
  await expect(withLock(join(path, "lock"), async () => {})).rejects.toThrow(
    `${path} cannot be written (EEXIST): make it writable, or set EVENLANE_CACHE to another folder if it is the cache.`,
  );
});
