import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { capture, run } from "../../scripts/lib/children.mjs";
import { lifeline } from "../lifeline.ts";

const library = fileURLToPath(new URL("../../scripts/lib/", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenlane-children-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a program's output and exit code are collected", async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  expect(await capture(process.execPath, ["-e", script])).toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n" });
});

test("a program that is not there is no exception", async () => {
  expect(await capture("evenlane-no-such-program", [])).toMatchObject({ code: null, missing: true });
});

test("a program that hangs is ended", async () => {
  const hang = ["-e", "setInterval(() => {}, 1000)"];
  expect(await run(process.execPath, hang, { limitMs: 200 })).toMatchObject({ code: null, timedOut: true });
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends the children, their children, and gives the lock back",
  async (signal) => {
    const script = join(folder, "parent.mjs");
    const { pipe, line, over } = lifeline(folder);
    writeFileSync(
      script,
      `import { withLock } from ${JSON.stringify(`${library}lock.mjs`)};
     import { run } from ${JSON.stringify(`${library}children.mjs`)};
     const grandchild = "exec 3>${pipe}; sleep 1000 & echo started >&3; wait";
     await withLock(${JSON.stringify(join(folder, "lock"))}, () => run("/bin/sh", ["-c", grandchild]));`,
    );
    const parent = spawn(process.execPath, [script], { stdio: "inherit" });
    const ended = new Promise((done) => parent.once("exit", (code) => done(code)));
    expect(await line).toBe("started");
    parent.kill(signal);
    expect(await ended).toBe(signal === "SIGINT" ? 130 : 143);
    await over;
    expect(() => readFileSync(join(folder, "lock"))).toThrow("ENOENT");
  },
  20_000,
);
