import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { HostProcess, killAllHosts } from "../../conformance/protocol/host-process.ts";
import { membersOf, untilEmpty } from "../../conformance/protocol/process-group.ts";
import { callOf, options, program, smallHost } from "./hosts.ts";

/** Starts a process in the host's group, and answers the call with its id once it runs. */
const withChild = (childBody: string, stdio: string) => `
  const { spawn } = require("node:child_process");
  on.call = (id) => {
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(childBody)}], { stdio: ${stdio} });
    child.on("message", () => returned(id, child.pid));
  };`;
const stubbornChild = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); process.send("ready");`;

describe("stopping a host", () => {
  test("that exits with another code shows the code", async () => {
    const host = await HostProcess.start(
      smallHost("on.shutdown = (id) => { send({ id, result: {} }); process.exit(4); };"),
      options(),
    );
    expect(await host.stop()).toMatchObject({ code: 4, endedBy: "itself" });
  });

  test("that refuses to shut down ends it by the end of its input", async () => {
    const body = `on.shutdown = (id) => send({ id, error: { code: -32002, message: "busy" } });`;
    const host = await HostProcess.start(smallHost(body), options());
    expect(await host.stop()).toMatchObject({ code: 0, endedBy: "itself" });
  });

  test.each([
    ["SIGTERM", ""],
    ["SIGKILL", `process.on("SIGTERM", () => {});`],
  ] as const)("that ignores it ends it by %s", async (signal, more) => {
    const body = `process.stdin.removeAllListeners("end"); setInterval(() => {}, 1e6); on.shutdown = (id) => send({ id, result: {} }); ${more}`;
    const host = await HostProcess.start(smallHost(body), options({ grace: 100 }));
    const held = host.call(callOf("c1"));
    await held;
    expect(await host.stop()).toMatchObject({ code: null, signal, endedBy: signal });
    expect(membersOf(host.pid)).toEqual([]);
  });

  test("that never answers it ends it all the same", async () => {
    const body = `process.stdin.removeAllListeners("end"); setInterval(() => {}, 1e6); on.shutdown = () => {};`;
    const host = await HostProcess.start(smallHost(body), options({ patience: 1000, grace: 100 }));
    expect(await host.stop()).toMatchObject({ endedBy: "SIGTERM" });
  });

  test("rejects the calls that it left unanswered", async () => {
    const host = await HostProcess.start(smallHost("on.call = () => {};"), options());
    const call = host.call(callOf("c1"));
    call.catch(() => {});
    await host.stop();
    await expect(call).rejects.toMatchObject({
      kind: "exited",
      message: "The host ended with exit code 0 with 1 call unanswered.",
    });
  });

  test("delivers the answers that it gives meanwhile", async () => {
    const body = `let held; on.call = (id) => { held = id; }; on.shutdown = (id) => {
      send({ id: held, result: { outcome: "failed", error: { category: "shutdown", message: "", function: "echo" }, seqs: [] } });
      send({ id, result: {} });
      process.exit(0);
    };`;
    const host = await HostProcess.start(smallHost(body), options());
    const call = host.call(callOf("c1"));
    await host.stop();
    expect(await call).toMatchObject({ outcome: "failed", error: { category: "shutdown" } });
  });
});

describe("what a host leaves behind is ended with it", () => {
  test.each([
    ["a child", `["ignore", "ignore", "ignore", "ipc"]`],
    ["a child that holds its pipes open", `["ignore", "inherit", "inherit", "ipc"]`],
  ])("%s", async (_, stdio) => {
    const host = await HostProcess.start(smallHost(withChild(stubbornChild, stdio)), options());
    const result = await host.call(callOf("c1"));
    const child = result.outcome === "returned" ? (result.value as number) : 0;
    expect(membersOf(host.pid)).toEqual([host.pid, child]);
    expect(await host.stop()).toMatchObject({ code: 0, endedBy: "itself", leftBehind: [child], unkillable: [] });
    expect(membersOf(host.pid)).toEqual([]);
  });

  test("also when it dies by itself", async () => {
    const body = `${withChild(stubbornChild, `["ignore", "inherit", "inherit", "ipc"]`)} on.stats = () => process.exit(1);`;
    const host = await HostProcess.start(smallHost(body), options());
    await host.call(callOf("c1"));
    await expect(host.request("stats", {})).rejects.toMatchObject({ kind: "exited" });
    expect((await host.exited).leftBehind.length).toBe(1);
    expect(membersOf(host.pid)).toEqual([]);
  });

  test("but a process that left its group cannot keep the end waiting", async () => {
    const body = `
      const { spawn } = require("node:child_process");
      on.call = (id) => {
        const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: ["ignore", "inherit", "inherit"], detached: true });
        child.on("spawn", () => { child.unref(); returned(id, child.pid); });
      };`;
    const host = await HostProcess.start(smallHost(body), options({ grace: 100 }));
    const result = await host.call(callOf("c1"));
    expect(await host.stop()).toMatchObject({ code: 0, endedBy: "itself", leftBehind: [] });
    process.kill(result.outcome === "returned" ? (result.value as number) : 0, "SIGKILL");
  });
});

describe("killing", () => {
  test("a host ends it with its children, and rejects what waits", async () => {
    const body = `${withChild(stubbornChild, `["ignore", "ignore", "ignore", "ipc"]`)} on.stats = () => {};`;
    const host = await HostProcess.start(smallHost(body), options());
    await host.call(callOf("c1"));
    const stats = host.request("stats", {});
    stats.catch(() => {});
    await host.kill();
    await expect(stats).rejects.toMatchObject({
      message: "The host was ended by SIGKILL by the kit with 1 stats unanswered.",
    });
    expect(await host.exited).toMatchObject({ signal: "SIGKILL", endedBy: "SIGKILL" });
    expect(membersOf(host.pid)).toEqual([]);
    await host.kill();
  });

  test("all hosts leaves none", async () => {
    const hosts = await Promise.all([1, 2, 3].map(() => HostProcess.start(smallHost(), options())));
    killAllHosts();
    await Promise.all(hosts.map(({ exited }) => exited));
    expect(hosts.flatMap(({ pid }) => membersOf(pid))).toEqual([]);
  });
});

describe("aborting", () => {
  test("before the start starts nothing", async () => {
    const reason = new Error("enough");
    await expect(HostProcess.start(smallHost(), options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });

  test("during the handshake ends the program", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const start = HostProcess.start(program("setInterval(() => {}, 1e6)"), options({ signal: controller.signal }));
    setImmediate(() => controller.abort(reason));
    await expect(start).rejects.toBe(reason);
  });

  test("a running host rejects what waits with the reason", async () => {
    const controller = new AbortController();
    const host = await HostProcess.start(smallHost("on.call = () => {};"), options({ signal: controller.signal }));
    const call = host.call(callOf("c1"));
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await host.exited;
    expect(membersOf(host.pid)).toEqual([]);
  });
});

describe("the end of the kit", () => {
  const script = fileURLToPath(new URL("kit-to-kill.ts", import.meta.url));

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["an error", 1],
  ] as const)("by %s ends all its hosts", async (how, code) => {
    const kit = spawn(process.execPath, [script, ...(how === "an error" ? ["throw"] : [])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    kit.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (how !== "an error" && /^\d+ \d+\n/.test(output)) kit.kill(how);
    });
    const [exitCode] = await once(kit, "close");
    expect(exitCode).toBe(code);
    const [ids, told] = output.split("\n");
    const groups = ids!.split(" ").map(Number);
    expect(groups.length).toBe(2);
    expect(told).toBe(how === "an error" ? "" : `told of ${how}`);
    // The kit does not wait for the ends that it brings about: they come at once, but not within it.
    for (const group of groups) expect(await untilEmpty(group, 5000)).toEqual([]);
  });
});
