import { describe, expect, test } from "vitest";
import { HostFault, HostProcess, RequestRefused } from "../../conformance/protocol/host-process.ts";
import { membersOf } from "../../conformance/protocol/process-group.ts";
import { callOf, options, smallHost } from "./hosts.ts";
import { withHost } from "./with-host.ts";

describe("a host that keeps the protocol", () => {
  test("is greeted, answers, and ends by itself when it is stopped", async () => {
    const host = await HostProcess.start(smallHost(), options());
    expect(host.info).toMatchObject({ protocol: 1, host: { name: "small" }, guests: ["ts"] });
    expect(host.alive).toBe(true);
    expect(membersOf(host.pid)).toEqual([host.pid]);
    expect(await host.call(callOf("c1", { text: "é😀\n" }))).toEqual({
      outcome: "returned",
      value: { text: "é😀\n" },
      seqs: [1],
    });
    const report = await host.stop();
    expect(report).toEqual({ code: 0, signal: null, endedBy: "itself", leftBehind: [], unkillable: [] });
    expect(await host.stop()).toBe(report);
    expect(await host.exited).toBe(report);
    expect(membersOf(host.pid)).toEqual([]);
    expect(host.alive).toBe(false);
    await expect(host.request("stats", {})).rejects.toMatchObject({
      kind: "exited",
      message: "The kit has stopped the host.",
    });
  });

  test("is sent what its user chose", async () => {
    const command = smallHost("on.call = (id) => returned(id, [process.env.COLOUR, process.cwd()])", {
      cwd: "/",
      env: { COLOUR: "green" },
    });
    await withHost(command, options({ seed: "s1", clock: { mode: "real" } }), async (host) => {
      const sent = JSON.parse(host.frames[0]!.text);
      expect(sent).toMatchObject({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocol: 1, seed: "s1", clock: { mode: "real" }, allow: ["127.0.0.1:80"] },
      });
      expect(await host.call(callOf("c1"))).toMatchObject({ value: ["green", "/"] });
    });
  });

  test("is asked in the order of the requests, and may answer in any", async () => {
    const body = `
      const calls = [];
      on.call = (id, { call }) => {
        calls.push([id, call]);
        if (calls.length === 1000) for (const [of] of calls.toReversed()) returned(of, calls.map(([, name]) => name).indexOf(calls.find(([other]) => other === of)[1]));
      };`;
    await withHost(smallHost(body), options(), async (host) => {
      const answered: number[] = [];
      const calls = Array.from({ length: 1000 }, (_, index) =>
        host.call(callOf(`c${index}`)).then((result) => {
          answered.push(index);
          return result;
        }),
      );
      const results = await Promise.all(calls);
      expect(results.map((result) => result.outcome === "returned" && result.value)).toEqual(
        results.map((_, index) => index),
      );
      expect(answered).toEqual(results.map((_, index) => results.length - 1 - index));
    });
  });

  test("may refuse a request", async () => {
    const body = `on["module/load"] = (id) => send({ id, error: { code: -32000, message: "no wasm", data: { reason: "compile" } } });`;
    await withHost(smallHost(body), options(), async (host) => {
      const load = host.request("module/load", { guest: "as", path: "x.wasm", sha256: "0".repeat(64) });
      await expect(load).rejects.toBeInstanceOf(RequestRefused);
      await expect(load).rejects.toMatchObject({ method: "module/load", code: -32000, data: { reason: "compile" } });
      await expect(host.request("lane/pause", { module: "m" })).rejects.toMatchObject({
        code: -32601,
        data: undefined,
      });
      expect(host.alive).toBe(true);
    });
  });

  test("hands over its log lines until the listener is taken away", async () => {
    const body = `on.call = (id, { call }) => {
      send({ method: "log", params: { module: "m", call, level: "info", message: "hello" } });
      returned(id, null);
    };`;
    await withHost(smallHost(body), options(), async (host) => {
      const heard: string[] = [];
      const silence = host.onLog(({ call, message }) => heard.push(`${call} ${message}`));
      await host.call(callOf("c1"));
      silence();
      await host.call(callOf("c2"));
      expect(heard).toEqual(["c1 hello"]);
    });
  });

  test("may split a character over two writes and end a line with a carriage return", async () => {
    const body = `on.call = (id) => {
      const line = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, result: { outcome: "returned", value: "😀", seqs: [] } }) + "\\r\\n");
      const middle = line.indexOf(0xf0) + 2;
      process.stdout.write(line.subarray(0, middle), () => setImmediate(() => process.stdout.write(line.subarray(middle))));
    };`;
    await withHost(smallHost(body), options(), async (host) => {
      expect(await host.call(callOf("c1"))).toMatchObject({ value: "😀" });
    });
  });

  test("may answer with a long line", async () => {
    const body = `on.call = (id) => returned(id, "x".repeat(16 * 1024 * 1024));`;
    await withHost(smallHost(body), options(), async (host) => {
      const result = await host.call(callOf("c1"));
      expect(result.outcome === "returned" && (result.value as string).length).toBe(16 * 1024 * 1024);
      expect(host.frames.at(-1)!.text.length).toBeLessThan(20_000);
    });
  });

  test("has the ends of its talk and of its standard error kept", async () => {
    const body = `on.call = (id) => process.stderr.write("first " + "x".repeat(70_000) + " last", () => returned(id, null));`;
    await withHost(smallHost(body), options(), async (host) => {
      await host.call(callOf("c1"));
      const { pid } = await host.request("stats", {});
      expect(pid).toBe(host.pid);
      for (let index = 0; index < 100; index++) await host.request("stats", {});
      expect(host.frames.length).toBe(64);
      expect(host.frames.map(({ direction }) => direction).slice(0, 2)).toEqual(["sent", "received"]);
      expect(host.stderr.length).toBe(65_536);
      expect(host.stderr.endsWith(" last")).toBe(true);
    });
  });

  test("is not asked what does not fit: that is the caller's mistake", async () => {
    await withHost(smallHost(), options(), async (host) => {
      const { frames } = host;
      await expect(host.call({ ...callOf("c1"), args: { a: undefined } })).rejects.toThrow(
        "The kit's own params of call do not fit: args: expected an object of JSON values",
      );
      await expect(host.call({ ...callOf("c1"), args: { a: undefined } })).rejects.toBeInstanceOf(TypeError);
      expect(host.frames).toEqual(frames);
    });
  });

  test("may be asked beside the protocol", async () => {
    await withHost(smallHost("on.echo = (id, params) => send({ id, result: params })"), options(), async (host) => {
      expect(await host.probe("echo", [1])).toEqual([1]);
      await expect(host.probe("echo", undefined)).rejects.toBeInstanceOf(TypeError);
    });
  });
});

test("a fault's description shows what to do, the command, the frames and standard error", async () => {
  const body = `console.error("about to break\\u0007"); on.call = () => console.log("Hello, \\u001b[31mworld");`;
  const host = await HostProcess.start(smallHost(body, { name: "broken" }), options());
  const error = await host.call(callOf("c1")).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HostFault);
  const text = (error as HostFault).describe();
  expect(text).toContain('The host wrote a line that is not JSON: "Hello, \\u001b[31mworld".');
  expect(text).toContain("what to do: Standard output belongs to the protocol");
  expect(text).toContain(`command: ${process.execPath} -e `);
  expect(text).toContain('kit  → {"jsonrpc":"2.0","id":3,"method":"call"');
  expect(text).toContain('host ← "Hello, \\u001b[31mworld"');
  expect(text).toContain('| "about to break\\u0007"');
  for (const control of ["\u0007", "\u001b"]) expect(text).not.toContain(control);
  await host.stop();
});
