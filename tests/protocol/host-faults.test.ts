import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type FaultKind,
  type HostCommand,
  HostFault,
  HostProcess,
  HostSilent,
  type StartOptions,
} from "../../conformance/protocol/host-process.ts";
import { membersOf } from "../../conformance/protocol/process-group.ts";
import { callOf, options, program, smallHost } from "./hosts.ts";
import { withHost } from "./with-host.ts";

/** The fault with which a host fails to start. */
async function startFault(command: HostCommand, more: Partial<StartOptions> = {}): Promise<HostFault> {
  const error = await HostProcess.start(command, options(more)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HostFault);
  return error as HostFault;
}

describe("a program that cannot be started", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenlane-faults-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string, mode: number): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  test.each<[string, () => HostCommand, string]>([
    ["is not there", () => ({ name: "h", command: [join(folder, "absent")] }), "ENOENT: no such file"],
    ["is not in PATH", () => ({ name: "h", command: ["evenlane-absent"] }), "there is no program evenlane-absent"],
    ["is a folder", () => ({ name: "h", command: [folder] }), "EACCES: permission denied"],
    ["lacks the right to run", () => ({ name: "h", command: [file("text", "", 0o644)] }), "may not be executed"],
    ["lacks its interpreter", () => ({ name: "h", command: [file("script", "#!/absent/sh\n", 0o755)] }), "interpreter"],
    ["lacks its working folder", () => ({ ...smallHost(), cwd: join(folder, "absent") }), "working folder"],
    ["is not named", () => ({ name: "h", command: [] }), "its command is empty"],
  ])("because it %s", async (_, command, message) => {
    const fault = await startFault(command());
    expect(fault.kind).toBe("spawn");
    expect(fault.message).toContain(message);
    expect(fault.hint).not.toBe("");
    expect(fault.command).toEqual(command().command);
  });
});

describe("a program that is no host", () => {
  test.each<[string, string, FaultKind, string]>([
    ["exits at once", `console.error("no licence"); process.exit(3)`, "exited", "ended with exit code 3"],
    ["is killed at once", `process.kill(process.pid, "SIGKILL")`, "exited", "was ended by SIGKILL"],
    ["greets people", `console.log("Listening…\\u0007"); setInterval(() => {}, 1e6)`, "garbage", '"Listening…\\u0007"'],
    ["writes an empty line", `console.log(""); setInterval(() => {}, 1e6)`, "garbage", 'is not JSON: ""'],
    ["writes much", `console.log("x".repeat(999)); setInterval(() => {}, 1e6)`, "garbage", "(999 characters)"],
    ["writes a mark", `console.log("\\ufeff{}"); setInterval(() => {}, 1e6)`, "garbage", "byte order mark: "],
    [
      "writes no UTF-8",
      `process.stdout.write(Buffer.from([0xff, 10])); setInterval(() => {}, 1e6)`,
      "garbage",
      "not UTF-8",
    ],
    ["writes no message", `console.log("[1]"); setInterval(() => {}, 1e6)`, "schema", "no JSON-RPC object"],
    [
      "writes without end",
      `setInterval(() => process.stdout.write("x".repeat(1 << 22)), 0)`,
      "garbage",
      "67108864 bytes",
    ],
    [
      "stops in a line",
      `process.stdout.write('{"jsonrpc":', () => process.exit(1))`,
      "exited",
      'in the middle of a line: "{',
    ],
  ])("and %s", async (_, body, kind, message) => {
    const fault = await startFault(program(body));
    expect(fault.message).toContain(message);
    expect(fault.kind).toBe(kind);
  });

  test("has its standard error in the fault", async () => {
    const fault = await startFault(program(`console.error("no licence"); process.exit(3)`));
    expect(fault.stderr).toBe("no licence\n");
    expect(fault.message).toContain("1 initialize unanswered");
  });
});

describe("a host that fails the handshake", () => {
  test.each<[string, string, FaultKind, string]>([
    [
      "speaks version 2",
      "send({ id, result: { ...info(nonce), protocol: 2 } })",
      "version",
      "speaks version 2 of the protocol, the kit 1",
    ],
    ["echoes another nonce", `send({ id, result: info("other") })`, "liar", 'echoed the nonce "other"'],
    [
      "leaves its profile out",
      "send({ id, result: { ...info(nonce), profile: undefined } })",
      "schema",
      "result: profile",
    ],
    ["says more than it may", "send({ id, result: { ...info(nonce), mood: 1 } })", "schema", "mood"],
    [
      "claims a capability twice",
      `send({ id, result: { ...info(nonce), capabilities: ["clock", "clock"] } })`,
      "schema",
      "twice",
    ],
    [
      "refuses the greeting",
      `send({ id, error: { code: -32602, message: "no clock" } })`,
      "protocol",
      "no clock (-32602)",
    ],
  ])("because it %s", async (_, answer, kind, message) => {
    const fault = await startFault(smallHost(`on.initialize = (id, { nonce }) => ${answer};`));
    expect(fault.message).toContain(message);
    expect(fault.kind).toBe(kind);
  });

  test.each([
    ["takes a method that does not exist", "result: {}", "gave a result for a method that does not exist"],
    ["refuses it by another code", `error: { code: -32602, message: "m" }`, "by -32602, not -32601"],
  ])("because it %s", async (_, answer, message) => {
    const fault = await startFault(smallHost(`unknown = (id) => send({ id, ${answer} });`));
    expect(fault.message).toContain(message);
    expect(fault.kind).toBe("liar");
  });
});

describe("an answer that is wrong, to a request that is known", () => {
  test.each<[string, string, FaultKind, string]>([
    [
      "lacks a field",
      "{ id, result: { outcome: 'returned', seqs: [] } }",
      "schema",
      "answer to call does not fit the protocol: result.value",
    ],
    [
      "has one more",
      "{ id, result: { outcome: 'returned', value: 1, seqs: [], at: 1 } }",
      "schema",
      'result: Unrecognized key: "at"',
    ],
    [
      "has one of another type",
      "{ id, result: { outcome: 'returned', value: 1, seqs: [1, '2'] } }",
      "schema",
      "result.seqs[1]: Invalid input: expected number",
    ],
    [
      "has an unknown category",
      "{ id, result: { outcome: 'failed', error: { category: 'mood', message: '', function: 'f' }, seqs: [] } }",
      "schema",
      "result.error.category",
    ],
    ["has a result and an error", "{ id, result: null, error: { code: -32602, message: 'm' } }", "schema", "result"],
    ["has neither", "{ id }", "schema", "result"],
    [
      "has an unknown code",
      "{ id, error: { code: -32099, message: 'm' } }",
      "protocol",
      "refused call with error -32099",
    ],
    ["has data of its own", "{ id, error: { code: -32602, message: 'm', data: 1 } }", "schema", "data"],
    [
      "is no JSON-RPC",
      "{ id, jsonrpc: '1.0', result: { outcome: 'returned', value: 1, seqs: [] } }",
      "schema",
      "jsonrpc",
    ],
  ])("because it %s, fails that request alone", async (_, frame, kind, message) => {
    await withHost(smallHost(`on.call = (id) => send(${frame});`), options(), async (host) => {
      const call = host.call(callOf("c1"));
      const stats = host.request("stats", {});
      await expect(call).rejects.toBeInstanceOf(HostFault);
      await expect(call).rejects.toMatchObject({ kind, message: expect.stringContaining(message) });
      const fault: HostFault = await call.catch((error) => error);
      expect(JSON.parse(fault.frames.at(-1)!.text)).toMatchObject({ id: 3 });
      expect((await stats).pid).toBe(host.pid);
      expect(host.alive).toBe(true);
    });
  });
});

describe("a message that no request can answer for breaks off the talk", () => {
  test.each<[string, string, FaultKind, string]>([
    ["an unknown id", "send({ id: 99, result: {} })", "protocol", "answered request 99, which the kit never sent"],
    ["a second answer", "returned(id, 1); returned(id, 1)", "protocol", "answered request 3 twice"],
    ["an id that is none", `send({ id: "3", result: {} })`, "schema", "id: Invalid input"],
    ["no id", "send({ result: {} })", "schema", "id: Invalid input"],
    [
      "a parse error",
      `send({ id: null, error: { code: -32700, message: "what?" } })`,
      "protocol",
      "could not read a request: what? (-32700)",
    ],
    ["a request", `send({ id: 1, method: "log", params: {} })`, "protocol", 'sent a request ("log")'],
    ["an unknown notification", `send({ method: "progress", params: {} })`, "protocol", 'a notification "progress"'],
    [
      "a log that does not fit",
      `send({ method: "log", params: { module: "m", call: null, level: 1, message: "" } })`,
      "schema",
      "params.level",
    ],
    ["garbage", `process.stdout.write("oops\\n")`, "garbage", '"oops"'],
  ])("%s", async (_, reaction, kind, message) => {
    const host = await HostProcess.start(smallHost(`on.call = (id) => { ${reaction} };`), options());
    const first = host.call(callOf("c1"));
    const second = host.request("quiesce", { module: "m", outcomes: 0 });
    const errors = await Promise.all([first, second].map((pending) => pending.catch((error: unknown) => error)));
    // A second answer comes after the first has been taken.
    const fault = errors.find((error) => error instanceof HostFault) as HostFault;
    expect(fault.message).toContain(message);
    expect(fault.kind).toBe(kind);
    expect(host.alive).toBe(false);
    await expect(host.request("stats", {})).rejects.toBe(fault);
    await host.exited;
    expect(membersOf(host.pid)).toEqual([]);
  });
});

describe("a host that dies", () => {
  test("has its finished results delivered, and every other request rejected with one fault", async () => {
    const body = `on.call = (id, { call }) => {
      if (call !== "c3") return;
      returned(id, "done"); returned(id - 1, "done too");
      console.error("out of memory");
      process.kill(process.pid, "SIGKILL");
    };`;
    const host = await HostProcess.start(smallHost(body), options());
    const calls = ["c1", "c2", "c3"].map((call) => host.call(callOf(call)));
    const stats = host.request("stats", {});
    const [first, second, third, last] = await Promise.allSettled([...calls, stats]);
    expect([second!.status, third!.status]).toEqual(["fulfilled", "fulfilled"]);
    const fault = (first as PromiseRejectedResult).reason;
    expect(fault).toBeInstanceOf(HostFault);
    expect(fault).toMatchObject({ kind: "exited", stderr: "out of memory\n" });
    expect(fault.message).toBe("The host was ended by SIGKILL with 1 call, 1 stats unanswered.");
    expect((last as PromiseRejectedResult).reason).toBe(fault);
    await expect(host.request("stats", {})).rejects.toBe(fault);
    expect(await host.exited).toMatchObject({ code: null, signal: "SIGKILL", endedBy: "itself" });
  });

  test("while nothing waits is found dead by the next request", async () => {
    const host = await HostProcess.start(
      smallHost("on.call = (id) => { returned(id, 1); process.exit(7); };"),
      options(),
    );
    await host.call(callOf("c1"));
    expect((await host.exited).code).toBe(7);
    expect(host.alive).toBe(false);
    await expect(host.request("stats", {})).rejects.toMatchObject({
      kind: "exited",
      message: "The host ended with exit code 7.",
    });
  });
});

describe("a host that goes deaf or dumb and lives on", () => {
  test.each<[string, string]>([
    ["output", "require('node:fs').closeSync(1)"],
    ["input", "process.stdin.destroy(); require('node:fs').closeSync(0)"],
  ])("because it closes its standard %s", async (which, close) => {
    const body = `on.stats = () => {}; on.call = () => { setInterval(() => {}, 1e6); setImmediate(() => { ${close}; process.stderr.write("closed"); }); };`;
    const host = await HostProcess.start(smallHost(body), options({ grace: 100 }));
    const call = host.call(callOf("c1"));
    call.catch(() => {});
    // Only a write shows that nobody reads: it is repeated until then.
    const poke = setInterval(() => host.request("stats", {}).catch(() => {}), 5);
    await expect(call).rejects.toMatchObject({
      kind: "protocol",
      message: `The host closed its standard ${which} and lived on.`,
    });
    clearInterval(poke);
    await host.exited;
    expect(membersOf(host.pid)).toEqual([]);
  });
});

describe("a host that does not answer", () => {
  test("the greeting is silent, and ended", async () => {
    const fault = await startFault(program("console.error(process.pid); setInterval(() => {}, 1e6)"), {
      patience: 1500,
    });
    expect(fault).toBeInstanceOf(HostSilent);
    expect(fault).toMatchObject({ kind: "silent", method: "initialize", patience: 1500 });
    expect(membersOf(Number(fault.stderr))).toEqual([]);
  });

  test("one request is silent for that one, and may answer it late", async () => {
    const body = `
      let late;
      on.call = (id) => { late = id; };
      on.stats = (id) => { returned(late, "late"); send({ id, result: { pid: process.pid, modules: [] } }); };`;
    await withHost(smallHost(body), options({ patience: 1000 }), async (host) => {
      await expect(host.call(callOf("c1"))).rejects.toMatchObject({ kind: "silent", method: "call" });
      expect(host.alive).toBe(true);
      expect((await host.request("stats", {})).pid).toBe(host.pid);
    });
  });

  test("is not silent because the kit itself was busy", async () => {
    await withHost(smallHost(), options({ patience: 1000 }), async (host) => {
      const call = host.call(callOf("c1", { n: 1 }));
      const until = performance.now() + 1500;
      while (performance.now() < until);
      expect(await call).toMatchObject({ value: { n: 1 } });
    });
  });
});
