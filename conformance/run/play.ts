import { describeEvent } from "../history/describe-event.ts";
import { History, type HistoryEvent } from "../history/history.ts";
import { ranSideBySide } from "../judge/overlap.ts";
import { Tables } from "../model/tables.ts";
import type { Door } from "../origin/door.ts";
import type { GatedOrigin } from "../origin/gated-origin.ts";
import { HostFault, HostSilent, RequestRefused } from "../protocol/host-fault.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import { Randomness } from "../scenarios/randomness.ts";
import type { ScriptedScenario } from "../scenarios/scenario.ts";
import { Stage } from "../scenarios/stage.ts";
import type { HostClock, LoadedModule, LoadOptions, StageSetting } from "../scenarios/stage-setting.ts";
import { Stuck, Unmeasured, Violation } from "../scenarios/violation.ts";
import { Watchdog } from "../scenarios/watchdog.ts";
import { hitProbes, legal, nothingUnexpected, serializable } from "./checks.ts";
import type { ModuleEntry } from "./columns.ts";
import { heldUp } from "./held-up.ts";
import { loadModule } from "./load-module.ts";
import { networkOf } from "./network-of.ts";
import type { PlayedScenario, ScenarioResult } from "./verdict.ts";

/** What a scenario needs to be played. */
export interface PlaySetting {
  readonly host: HostProcess;
  readonly origin: GatedOrigin;
  readonly guest: GuestLanguage;
  readonly modules: readonly ModuleEntry[];
  readonly root: string;
  readonly seed: string;
  /** Milliseconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
  readonly freshName: (prefix: string) => string;
  /** The clock of the host's process. */
  readonly clock: HostClock;
  readonly door: Door;
  /** Starts another process of the same host, whose clock shows what it showed at the scenario's beginning. */
  readonly start: () => Promise<{ readonly host: HostProcess; readonly clock: HostClock }>;
}

interface Loaded extends LoadOptions {
  readonly id: string;
  readonly source: string;
  /** Its name in the history. */
  readonly alias: string;
  readonly host: HostProcess;
}

/** How many observations a verdict shows. */
const shownEvents = 12;

/** Plays one scenario on a freshly loaded module and judges it. Never throws: what goes wrong is the result. */
export async function play(scenario: ScriptedScenario, setting: PlaySetting): Promise<PlayedScenario> {
  const started = performance.now();
  const start = { tables: new Tables(), now: setting.clock.now };
  const history = new History();
  const session = setting.origin.session((event) => history.add({ kind: "origin", event }));
  const watchdog = new Watchdog(setting.patience, history);
  const loaded: Loaded[] = [];
  const revived: HostProcess[] = [];
  const listening: (() => void)[] = [];
  const load = async (host: HostProcess, name: string, options: LoadOptions = {}): Promise<LoadedModule> => {
    const module = await loadModule(host, { ...setting, name }, options);
    // What lives in a file is the same module after the death of its host: what it holds was written under that name.
    const before = loaded.find((one) => options.data !== undefined && one.data === options.data);
    if (before !== undefined) {
      loaded.push({ ...before, id: module, host });
      history.add({ kind: "reload", module: before.alias });
      return { id: module, name: before.alias };
    }
    const earlier = loaded.filter((one) => one.source === name).length;
    const alias = earlier === 0 ? name : `${name} ${earlier + 1}`;
    loaded.push({ ...options, id: module, source: name, alias, host });
    const { limits } = options;
    history.add({ kind: "load", module: alias, source: name, ...(limits !== undefined && { limits }) });
    return { id: module, name: alias };
  };
  const on = (host: HostProcess, clock: HostClock): StageSetting => {
    listening.push(host.onParked(({ call, point }) => history.add({ kind: "parked", call, point })));
    return {
      host,
      session,
      history,
      watchdog,
      load: (name, options) => load(host, name, options),
      random: new Randomness(setting.seed, scenario.id),
      js: setting.guest === "ts",
      freshName: setting.freshName,
      clock,
      door: setting.door,
      compiled: setting.modules.map((module) => ({ ...module, path: `${setting.root}/${module.path}` })),
      revive: async () => {
        history.add({ kind: "kill" });
        await host.kill();
        const next = await setting.start();
        revived.push(next.host);
        return on(next.host, next.clock);
      },
    };
  };
  const base = { id: scenario.id, title: scenario.title, grade: scenario.evidence };
  try {
    const stage = await Stage.open(on(setting.host, setting.clock), scenario.module);
    await scenario.play(stage);
    nothingUnexpected(session.faults);
    hitProbes(scenario, session.maxHeld, history);
    serializable(history);
    if (!(scenario.overlapping && ranSideBySide(history.events))) {
      legal(history, start, setting.host, setting.guest, networkOf(setting.origin, setting.door));
    }
    return { ...base, verdict: "pass", milliseconds: performance.now() - started, history: history.events };
  } catch (thrown) {
    const wasSilent = thrown instanceof Stuck || thrown instanceof HostSilent;
    const error = (wasSilent && (await heldUp(session, history, setting.patience))) || thrown;
    const verdict = verdictOf(error, history.events, setting.host);
    return { ...base, ...verdict, milliseconds: performance.now() - started, history: history.events };
  } finally {
    watchdog.stop();
    for (const end of listening) end();
    session.end();
    // A host that is gone, or refuses, has shown it above or will with the next scenario.
    for (const { id, host } of loaded) await host.request("module/unload", { module: id }).catch(() => {});
    for (const host of revived) await host.stop();
  }
}

/** What an error says of a scenario in which that happened. */
export function verdictOf(
  error: unknown,
  history: readonly HistoryEvent[],
  host: HostProcess,
): Pick<ScenarioResult, "verdict" | "reason" | "finding" | "message" | "evidence"> {
  const events = history.slice(-shownEvents).map(describeEvent);
  if (error instanceof Violation) {
    return {
      verdict: "fail",
      reason: error.reason,
      ...(error.finding !== undefined && { finding: error.finding }),
      message: error.message,
      evidence: [...error.evidence, ...events],
    };
  }
  if (error instanceof Stuck || error instanceof HostSilent) {
    return { verdict: "stuck", reason: "silence", message: error.message, evidence: events };
  }
  if (error instanceof Unmeasured) return { verdict: "unmeasured", reason: "unmeasured", message: error.message };
  if (error instanceof HostFault) {
    return {
      verdict: "error",
      reason: `host-${error.kind}`,
      message: error.message,
      evidence: error.describe().split("\n"),
    };
  }
  if (error instanceof RequestRefused) {
    const hint = "A scenario asks for what every host must take; the frames below show the request and the answer.";
    const { message } = error;
    const evidence = host.fault("protocol", message, hint).describe().split("\n");
    return { verdict: "error", reason: "request-refused", message, evidence };
  }
  if (error instanceof TypeError && /^[^\n]*\n[^\n]*conformance\/scenarios\//.test(error.stack ?? "")) {
    // Scenarios read what a call returned as what a sound guest returns.
    return {
      verdict: "fail",
      reason: "wrong-value",
      message: `what a call returned has not the shape that the scenario reads: ${error.message}`,
      evidence: [...(error.stack ?? "").split("\n").slice(1, 3), ...events],
    };
  }
  const fault = error instanceof Error ? error : new Error(String(error));
  return {
    verdict: "error",
    reason: "kit",
    message: fault.message,
    evidence: [...(fault.stack ?? "").split("\n").slice(1, 6), ...events],
  };
}
