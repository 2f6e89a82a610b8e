import { describe, expect, test } from "vitest";
import { arrive, begun, failed, fault, fetching, quiet, release, returned, submit } from "./events.ts";

const refused = (call: string, called = "fetchThenRecord") => failed(call, called, "limit");
const recorded = (call: string, n: number) => returned(call, { status: 200, body: "", n }, n);

describe("a bound of the procedures in flight", () => {
  const two = begun("relay", { inFlight: 2 });
  const held = [fetching("a"), arrive("a"), fetching("b"), arrive("b"), fetching("c")];

  test("lets the next one begin when another has ended", () => {
    expect(fault([...two, ...held, ...quiet("relay", 2), release("a"), recorded("a", 1), arrive("c")])).toBeUndefined();
  });

  test("is broken by a request too many, and by one too few", () => {
    expect(fault([...two, ...held, arrive("c")])).toContain("c (fetchThenRecord) cannot have sent it yet");
    expect(fault([...two, ...held.slice(0, 3), ...quiet("relay", 1)])).toContain("by the model there are 2");
  });

  test("refuses no call where it says nothing of those that wait", () => {
    expect(fault([...two, ...held, refused("c")])).toContain("result c: ");
  });
});

describe("a bound of the calls that wait", () => {
  const none = begun("relay", { inFlight: 1, queued: 0 });
  const one = [fetching("a"), arrive("a"), ...quiet("relay", 1)];

  test("refuses a call for which there is no place", () => {
    expect(fault([...none, ...one, fetching("b"), refused("b"), ...quiet("relay", 1)])).toBeUndefined();
  });

  test("is broken by a call that is refused though it could begin at once", () => {
    expect(fault([...none, fetching("a"), refused("a")])).toContain("result a: ");
    expect(fault([...none, ...one, submit("r", "record"), refused("r", "record")])).toContain("result r: ");
  });

  test("is broken by a call that waits beyond it", () => {
    const events = [...none, ...one, fetching("b"), release("a"), recorded("a", 1), arrive("b")];
    expect(fault(events)).toBe(
      'submit b: submit  b fetchThenRecord({"token":"b","url":"http://o/b"}) on k; by the model there is no room for it',
    );
  });

  test("holds for a lane that stands still: those that wait run, and the next is refused", () => {
    const queue = begun("relay", { queued: 1 });
    const stands = { kind: "paused", module: "relay" } as const;
    const both = [submit("a", "record"), submit("b", "record")];
    const goesOn = [{ kind: "resume", module: "relay" } as const, returned("a", null, 1)];
    expect(fault([...queue, stands, ...both, refused("b", "record"), ...goesOn])).toBeUndefined();
    expect(fault([...queue, stands, ...both, ...goesOn, returned("b", null, 2)])).toContain("no room");
    expect(fault([...queue, stands, both[0]!, refused("a", "record")])).toContain("result a: ");
    // Where the lane runs, the first may have begun before the second came, or not.
    expect(fault([...queue, ...both, returned("a", null, 1), returned("b", null, 2)])).toBeUndefined();
    expect(fault([...queue, ...both, refused("b", "record"), returned("a", null, 1)])).toBeUndefined();
  });
});
