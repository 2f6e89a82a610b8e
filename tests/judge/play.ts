/** Histories of the JavaScript host, to be judged and spoilt. */
import { type Ground, playSchedule } from "../../conformance/explore/course.ts";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import type { Schedule } from "../../conformance/explore/schedules.ts";
import { History, type HistoryEvent } from "../../conformance/history/history.ts";
import { profileOf } from "../../conformance/judge/profile.ts";
import type { Start } from "../../conformance/judge/replay.ts";
import type { MachineProfile } from "../../conformance/model/machine-profile.ts";
import { Tables } from "../../conformance/model/tables.ts";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { HostProcess } from "../../conformance/protocol/host-process.ts";
import { columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";
import { loadModule } from "../../conformance/run/load-module.ts";
import { networkOf } from "../../conformance/run/network-of.ts";
import { ColumnRunner } from "../../conformance/run/run-column.ts";
import { startingTime } from "../../conformance/run/starting-time.ts";
import { scenarios } from "../../conformance/scenarios/catalogue.ts";
import { Randomness } from "../../conformance/scenarios/randomness.ts";
import { Watchdog } from "../../conformance/scenarios/watchdog.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

/** A history with what the judge has to know besides. */
export interface Observed {
  readonly name: string;
  readonly events: readonly HistoryEvent[];
  readonly profile: MachineProfile;
  readonly start: Start;
}

const [column] = columnsOf(readHosts(`${root}/build/hosts.json`)).filter(({ label }) => label === "node×ts");
const modules = readModules(`${root}/build/modules/manifest.json`);
const setting = { modules, root, seed: "evenlane", patience: 60_000 };

/** Plays these scenarios; each must pass. */
export async function playScenarios(ids: readonly string[]): Promise<Observed[]> {
  const origin = await GatedOrigin.start();
  const runner = new ColumnRunner(column!, { ...setting, origin });
  const found: Observed[] = [];
  // One process plays them all, and its clock goes on from one to the next.
  let now = 0;
  try {
    for (const id of ids) {
      const scenario = scenarios.find((one) => one.id === id)!;
      const requirement = loadSpec().find((one) => one.id === scenario.requirement)!;
      const result = await runner.result({ scenario, requirement });
      if (result.verdict !== "pass") throw new Error(`${id}: ${result.verdict}, ${result.message}`);
      const profile = profileOf("ts", runner.info!.profile, setting.seed, networkOf(origin));
      const start = { tables: new Tables(), now: Math.max(now, startingTime(scenario) ?? 0) };
      found.push({ name: id, events: result.history!, profile, start });
      now = start.now;
      for (const event of result.history!) if (event.kind === "advanced") now = event.now;
    }
  } finally {
    await runner.stop();
    await origin.stop();
  }
  return found;
}

/** Plays one schedule of each of these workloads, each on a module that has seen nothing else. */
export async function playSchedules(
  chosen: readonly (readonly [workload: string, schedule: Schedule])[],
): Promise<Observed[]> {
  const { host: entry } = column!;
  if (entry.status !== "built") throw new Error(`${entry.name} is not built: ${entry.reason}`);
  const origin = await GatedOrigin.start();
  const clock = { now: 0 };
  const host = await HostProcess.start(
    { name: entry.name, command: entry.command },
    { seed: setting.seed, patience: setting.patience, clock: { mode: "virtual", now: 0 }, allow: [origin.authority] },
  );
  const found: Observed[] = [];
  let names = 0;
  const freshName = (prefix: string) => {
    names += 1;
    return `${prefix}${names}`;
  };
  try {
    for (const [name, schedule] of chosen) {
      const id = await loadModule(host, { name: "script", guest: "ts", modules, root });
      const open = async () => {
        const connection = freshName("k");
        await host.request("connection/open", { module: id, connection });
        return connection;
      };
      const ground: Ground = {
        id,
        alice: await open(),
        bob: await open(),
        tables: new Tables(),
        outcomes: 0,
        reopen: open,
      };
      const history = new History();
      const session = origin.session((event) => history.add({ kind: "origin", event }));
      const watchdog = new Watchdog(setting.patience, history);
      const start = { tables: new Tables(), now: clock.now };
      const random = new Randomness(setting.seed, name);
      const stage = { host, session, history, watchdog, random, js: true, freshName, clock };
      await playSchedule(parseWorkload(name), schedule, ground, stage, () => {});
      watchdog.stop();
      session.end();
      await host.request("module/unload", { module: id });
      const profile = profileOf("ts", host.info.profile, host.seed);
      found.push({ name: `${name} ${schedule.join()}`, events: [...history.events], profile, start });
    }
  } finally {
    await host.stop();
    await origin.stop();
  }
  return found;
}
