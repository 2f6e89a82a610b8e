import { expect, test } from "vitest";
import type { HostProcess } from "../../conformance/protocol/host-process.ts";
import { trialsOf } from "../../conformance/run/run.ts";
import { startingTime, windTo } from "../../conformance/run/starting-time.ts";
import { scenarios } from "../../conformance/scenarios/catalogue.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const hour = 3_600_000;

test("each scenario begins a day after the one that is played before it, at least", () => {
  const times = trialsOf(loadSpec(), "deep").map(({ scenario }) => startingTime(scenario)!);
  expect(times.length).toBe(scenarios.length);
  times.slice(1).forEach((time, index) => {
    expect(time - times[index]!).toBeGreaterThanOrEqual(24 * hour);
  });
});

test("times can be told by JavaScript's Date and fit the 48 bits of a UUID", () => {
  const last = Math.max(...scenarios.map((scenario) => startingTime(scenario)!));
  expect(new Date(last).getUTCFullYear()).toBeLessThan(10_000);
  expect(last).toBeLessThan(2 ** 48);
});

const scenario = scenarios.find((one) => startingTime(one)! > 0)!;
const start = startingTime(scenario)!;

test.each([
  ["is moved to the beginning", 0, ["clock"], [start]],
  ["stands later already and is left alone", start + 1, ["clock"], []],
  ["is the host's own and is left alone", 0, [], []],
])("a clock that %s", async (_, now, capabilities, expected) => {
  const asked: number[] = [];
  const host = {
    info: { capabilities },
    request: async (_method: string, { to }: { to: number }) => {
      asked.push(to);
      return { now: to };
    },
  } as unknown as HostProcess;
  const clock = { now };
  await windTo(scenario, host, clock);
  expect(asked).toEqual(expected);
  expect(clock.now).toBe(expected[0] ?? now);
});
