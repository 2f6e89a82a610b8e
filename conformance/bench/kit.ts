import { type RunPlan, run } from "../run/run.ts";
import type { Kit } from "./bench-report.ts";

interface Clock {
  begin: number;
  end: number;
  scenarios: number;
  explorations: number;
  schedules: number;
}

/** Plays a whole run, and tells where its time went. */
export async function measureKit(plan: RunPlan, say: (line: string) => void): Promise<Kit> {
  const clocks = new Map<string, Clock>();
  say("kit: the whole matrix");
  const { columns, milliseconds } = await run(plan, ({ label }, scenario, result) => {
    const now = performance.now();
    let clock = clocks.get(label);
    if (clock === undefined) {
      clock = { begin: now, end: now, scenarios: 0, explorations: 0, schedules: 0 };
      clocks.set(label, clock);
    }
    clock.end = now;
    if (result === undefined) return;
    if ("explores" in scenario) clock.explorations += result.milliseconds / 1000;
    else clock.scenarios += result.milliseconds / 1000;
    clock.schedules += result.schedules ?? 0;
  });
  const schedules = [...clocks.values()].reduce((sum, clock) => sum + clock.schedules, 0);
  const explored = [...clocks.values()].reduce((sum, clock) => sum + clock.explorations, 0);
  return {
    wallSeconds: milliseconds / 1000,
    // Columns run side by side: the share of the wall's time that is exploration is that of the columns' own.
    schedulesPerSecond: schedules / ((explored / total(clocks)) * (milliseconds / 1000)),
    schedules,
    columns: columns.map(({ column: { host, guest, label } }) => {
      const { begin, end, scenarios, explorations, schedules: own } = clocks.get(label)!;
      const rest = Math.max(0, (end - begin) / 1000 - scenarios - explorations);
      return { host: host.name, guest, scenarios, explorations, rest, schedules: own };
    }),
  };
}

/** Seconds of all columns together. */
function total(clocks: ReadonlyMap<string, Clock>): number {
  return [...clocks.values()].reduce((sum, { begin, end }) => sum + (end - begin) / 1000, 0);
}
