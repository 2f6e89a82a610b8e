import { describe, expect, test, vi } from "vitest";
import { History } from "../../conformance/history/history.ts";
import { Stuck } from "../../conformance/scenarios/violation.ts";
import { Watchdog } from "../../conformance/scenarios/watchdog.ts";

const never = new Promise<never>(() => {});

describe("the watchdog", () => {
  test("ends a wait after its patience in which nothing was observed, and says what for", async () => {
    vi.useFakeTimers();
    const watchdog = new Watchdog(30_000, new History());
    const waited = expect(watchdog.until(never, "the result of c1")).rejects.toThrow(
      new Stuck("nothing was observed for 30 s; waited in vain for the result of c1"),
    );
    await vi.advanceTimersByTimeAsync(30_000);
    await waited;
    watchdog.stop();
    vi.useRealTimers();
  });

  test("begins anew with each observation", async () => {
    vi.useFakeTimers();
    const history = new History();
    const watchdog = new Watchdog(30_000, history);
    let ended = false;
    const waited = watchdog.until(never, "more").catch(() => {
      ended = true;
    });
    for (let round = 0; round < 5; round += 1) {
      await vi.advanceTimersByTimeAsync(29_999);
      history.add({ kind: "rows", read: round, table: "log", rows: [], seq: 0 });
    }
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(30_000);
    await waited;
    expect(ended).toBe(true);
    vi.useRealTimers();
  });

  test("hands on what was waited for, and its failure", async () => {
    const watchdog = new Watchdog(30_000, new History());
    await expect(watchdog.until(Promise.resolve(7), "seven")).resolves.toBe(7);
    await expect(watchdog.until(Promise.reject(new Error("no")), "seven")).rejects.toThrow("no");
    watchdog.stop();
  });
});
