import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Capsule } from "../../conformance/capsule/capsule.ts";
import { writeCapsule } from "../../conformance/capsule/capsule-file.ts";
import { replayCommand } from "../../conformance/commands/replay.ts";
import { kitVersion, root } from "../../conformance/package.ts";
import { readHosts, readModules } from "../../conformance/run/columns.ts";
import { tamperingHost } from "../parity/tampering-host.ts";

const relay = readModules(`${root}/build/modules/manifest.json`).find(
  ({ name, guest }) => name === "relay" && guest === "ts",
)!;
const node = readHosts(`${root}/build/hosts.json`).find(({ name }) => name === "node")!;

function capsuleFile(change: Partial<Capsule>): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-replay-")), "capsule.json");
  writeCapsule(file, {
    evenlane: "capsule",
    version: 1,
    kit: kitVersion(),
    host: { name: "node", version: null },
    guest: "ts",
    seed: "seven",
    modules: [{ name: "relay", sha256: relay.sha256 }],
    play: { kind: "scenario", id: "ordering/reducer-overtakes-held-procedure" },
    inputs: [],
    verdict: "fail",
    reason: "wrong-order",
    message: "b before a",
    ...change,
  });
  return file;
}

async function replay(file: string, options: { host?: string; hosts?: string } = {}) {
  let [out, err] = ["", ""];
  const to = (add: (text: string) => void) => (text: string | Uint8Array) => {
    add(String(text));
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(to((text) => (out += text)));
  vi.spyOn(process.stderr, "write").mockImplementation(to((text) => (err += text)));
  const code = await replayCommand(file, { patience: 60, ...options });
  return { code, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("evenlane replay", () => {
  test("says that the same came out, with the history, where a fault is there still", async () => {
    const hosts = tamperingHost(node, "result.value && (result.value.n += 1)");
    const { code, out } = await replay(
      capsuleFile({ host: { name: "tampered", version: null }, reason: "not-in-model" }),
      {
        hosts,
      },
    );
    expect(out).toContain("tampered×ts ordering/reducer-overtakes-held-procedure");
    expect(out).toMatch(/submit {2}c\d+ fetchThenRecord\(\{"url":"…\/held"/);
    expect(out).toContain("The same came out as when the capsule was made.");
    expect(code).toBe(1);
  });

  test("says what came out in its place, and what has changed since", async () => {
    const { code, out, err } = await replay(capsuleFile({ kit: "0.0.0", host: { name: "node", version: "0" } }));
    expect(out).toContain("When the capsule was made, FAIL wrong-order came out: b before a.");
    expect(err).toContain(`the kit is ${kitVersion()}; the capsule was made with 0.0.0`);
    expect(err).not.toContain("other calls");
    expect(err).toMatch(/the host is version \S+; the capsule was made on 0/);
    expect(code).toBe(0);
  });

  test("says where this kit submits other calls than the capsule holds", async () => {
    const inputs = [{ connection: "connection 0", function: "record", args: { token: "another" } }];
    const { err } = await replay(capsuleFile({ inputs }));
    expect(err).toContain("this kit submits other calls, from call 0 (record in the capsule) on");
  });

  test("plays one schedule of an exploration", async () => {
    const play = { kind: "exploration" as const, name: "2x1", schedule: [1] };
    const { code, out } = await replay(capsuleFile({ play, modules: [] }), { host: "node:ts" });
    expect(out).toContain("node×ts 2x1, schedule 1");
    expect(code).toBe(0);
  });

  test("stops where a module is another, or the host is not there", async () => {
    const modules = [{ name: "relay", sha256: "0".repeat(64) }];
    await expect(replay(capsuleFile({ modules }))).rejects.toThrow("the module relay (ts) is another");
    const host = { name: "gone", version: null };
    await expect(replay(capsuleFile({ host }))).rejects.toThrow('there is no host or column "gone×ts"');
    const file = capsuleFile({});
    writeFileSync(file, "{");
    await expect(replay(file)).rejects.toThrow(`${file}:1: it is not JSON`);
  });
});
