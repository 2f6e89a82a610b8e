/** When a host counts as silent, on a clock of the test's own. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Exchange } from "../../conformance/protocol/exchange.ts";
import { HostFault, HostSilent } from "../../conformance/protocol/host-fault.ts";
import { callOf } from "./hosts.ts";

const patience = 1200;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A talk with a host that answers when the test says so. */
function talk() {
  const context = { command: [], frames: [], stderr: "" };
  const exchange = new Exchange(
    {
      send: () => {},
      fault: (kind, message, hint) => new HostFault(kind, message, hint, context),
      silent: (method) => new HostSilent(method, patience, context),
      broken: (fault) => {
        throw fault;
      },
      log: () => {},
      parked: () => {},
      changed: () => {},
    },
    patience,
  );
  let id = 0;
  const state = (promise: Promise<unknown>) => {
    const seen: { value: unknown } = { value: "waiting" };
    promise.then(
      () => (seen.value = "answered"),
      (error: HostSilent) => (seen.value = error.kind),
    );
    return seen;
  };
  return {
    call: () => ({ id: ++id, seen: state(exchange.request("call", callOf(`c${id}`))) }),
    stats: () => ({ id: ++id, seen: state(exchange.request("stats", {})) }),
    answer: (to: number, result: unknown) =>
      exchange.receive(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: to, result }))),
  };
}

/** The check comes one turn of the event loop after its time, when what waits in the pipe has been read; the faked loop takes a millisecond for it. */
const itsTurn = 1;

const counts = { pid: 1, modules: [] };
const returned = { outcome: "returned", value: "at last", seqs: [1] };

describe("a request that waits", () => {
  test("is silent after the whole patience, and not a millisecond before", async () => {
    const { call } = talk();
    const { seen } = call();
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(seen.value).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1 + itsTurn);
    expect(seen.value).toBe("silent");
  });

  test("is not silent while the host answers others, however long that lasts", async () => {
    const { call, stats, answer } = talk();
    const held = call();
    // Eight answers at a quarter of the patience each: twice the patience in all.
    for (let asked = 0; asked < 8; asked++) {
      await vi.advanceTimersByTimeAsync(patience / 4);
      const other = stats();
      answer(other.id, counts);
      await vi.advanceTimersByTimeAsync(0);
      expect(other.seen.value).toBe("answered");
      expect(held.seen.value).toBe("waiting");
    }
    answer(held.id, returned);
    await vi.advanceTimersByTimeAsync(0);
    expect(held.seen.value).toBe("answered");
  });

  test("is silent one patience after the last answer to another", async () => {
    const { call, stats, answer } = talk();
    const held = call();
    await vi.advanceTimersByTimeAsync(patience - 1);
    answer(stats().id, counts);
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(held.seen.value).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1 + itsTurn);
    expect(held.seen.value).toBe("silent");
  });

  test("that came later has its own patience", async () => {
    const { call } = talk();
    const first = call();
    await vi.advanceTimersByTimeAsync(patience / 2);
    const second = call();
    await vi.advanceTimersByTimeAsync(patience / 2 + itsTurn);
    expect([first.seen.value, second.seen.value]).toEqual(["silent", "waiting"]);
    await vi.advanceTimersByTimeAsync(patience / 2 - itsTurn - 1);
    expect(second.seen.value).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1 + itsTurn);
    expect(second.seen.value).toBe("silent");
  });
});
