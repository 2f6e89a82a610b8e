import { type CapabilityClaim, lieAmong, lieHint, measureCapabilities } from "../claims/capabilities.ts";
import type { ExploreSetting } from "../explore/explore.ts";
import { Door } from "../origin/door.ts";
import type { GatedOrigin } from "../origin/gated-origin.ts";
import { HostFault } from "../protocol/host-fault.ts";
import { HostProcess } from "../protocol/host-process.ts";
import type { InitializeResult } from "../protocol/schemas.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { HostClock } from "../scenarios/stage-setting.ts";
import type { Requirement } from "../spec/requirement.ts";
import type { Column, ModuleEntry } from "./columns.ts";
import { exploreTrial } from "./explore-trial.ts";
import { loadModule } from "./load-module.ts";
import { play, verdictOf } from "./play.ts";
import { silentOn } from "./silent-on.ts";
import { windTo } from "./starting-time.ts";
import type { PlayedScenario, ScenarioResult } from "./verdict.ts";

/** What the columns of one run share. */
export interface RunSetting {
  readonly origin: GatedOrigin;
  readonly modules: readonly ModuleEntry[];
  readonly root: string;
  readonly seed: string;
  /** The list of hosts that the user named, for the lines that play something again. */
  readonly hostsFile?: string | undefined;
  /** Milliseconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
}

/** Called when a scenario begins (`result` absent) and when it has its result. */
export type OnScenario = (column: Column, scenario: Scenario, result?: PlayedScenario) => void;

/** A scenario with the requirement it belongs to. */
export interface Trial {
  readonly scenario: Scenario;
  readonly requirement: Requirement;
}

/** What a column came to: the handshake of its host, where there was one, and a result for each trial. */
export interface ColumnResult {
  readonly info: InitializeResult | undefined;
  /** What the host declares of each capability beside what it does; absent where there was no host. */
  readonly claims?: readonly CapabilityClaim[] | undefined;
  readonly results: readonly PlayedScenario[];
}

/** Plays all trials in one column, one after the other, on one host process (some ask for one of their own). */
export async function runColumn(
  column: Column,
  trials: readonly Trial[],
  setting: RunSetting,
  onScenario: OnScenario,
): Promise<ColumnResult> {
  const runner = new ColumnRunner(column, setting);
  const results: PlayedScenario[] = [];
  try {
    for (const trial of trials) {
      onScenario(column, trial.scenario);
      const result = await runner.result(trial);
      results.push(result);
      onScenario(column, trial.scenario, result);
    }
  } finally {
    await runner.stop();
  }
  return { info: runner.info, claims: runner.claims, results };
}

/** The options that choose this column again: `--host v8 --guest ts`, then what else is given. */
function againLine({ host, guest }: Column, hostsFile: string | undefined, options: string): string {
  const hosts = hostsFile === undefined ? "" : ` --hosts ${hostsFile}`;
  return `--host ${host.name} --guest ${guest}${hosts} ${options}`;
}

/** What a host's clock shows at first, in ms since the epoch. */
const startOfTime = 0;

/** Plays trials in one column, on one host process that lives as long as it can. `stop` must be called at the end. */
export class ColumnRunner {
  readonly #column: Column;
  readonly #setting: RunSetting;
  #shared: HostProcess | undefined;
  #broken: HostFault | undefined;
  readonly #clocks = new WeakMap<HostProcess, HostClock>();
  /** Opened with the first process: each of the column's may reach it. */
  #door: Door | undefined;
  #names = 0;
  /** What the host said of itself, once one was started. */
  info: InitializeResult | undefined;
  /** What it declares of each capability beside what it does, measured on the first process. */
  claims: readonly CapabilityClaim[] | undefined;

  constructor(column: Column, setting: RunSetting) {
    this.#column = column;
    this.#setting = setting;
  }

  /** Plays one trial. */
  async result({ scenario, requirement }: Trial): Promise<PlayedScenario> {
    const base = { id: scenario.id, title: scenario.title, grade: scenario.evidence, milliseconds: 0 };
    const { host, guest } = this.#column;
    if (host.status === "not-built") {
      return { ...base, verdict: "not-built", reason: "not-built", message: host.reason };
    }
    const message = silentOn(guest, requirement) ?? silentOn(guest, scenario);
    if (message !== undefined) return { ...base, verdict: "unsupported", reason: "guest", message };
    if (this.#broken !== undefined) return { ...base, ...this.#startFault(this.#broken) };
    let process: HostProcess;
    try {
      process = scenario.ownProcess ? await this.#start() : await this.#sharedProcess();
    } catch (error) {
      if (!(error instanceof HostFault)) throw error;
      this.#broken = error;
      return { ...base, ...this.#startFault(error) };
    }
    try {
      const missing = scenario.capabilities.filter((name) => !process.info.capabilities.includes(name));
      if (missing.length > 0) {
        const message = `the host does not declare the capability ${missing.join(", ")}, without which this cannot be arranged`;
        return { ...base, verdict: "unsupported", reason: "capability", message };
      }
      try {
        await windTo(scenario, process, this.#clockOf(process));
      } catch (error) {
        return { ...base, ...verdictOf(error, [], process) };
      }
      if ("explores" in scenario) {
        return await exploreTrial(scenario, this.#exploring(process), (options) =>
          againLine(this.#column, this.#setting.hostsFile, options),
        );
      }
      return await play(scenario, {
        ...this.#setting,
        host: process,
        guest,
        freshName: (prefix) => this.#freshName(prefix),
        clock: this.#clockOf(process),
        door: this.#door!,
        start: async () => {
          const next = await this.#start();
          await windTo(scenario, next, this.#clockOf(next));
          return { host: next, clock: this.#clockOf(next) };
        },
      });
    } finally {
      if (scenario.ownProcess) await process.stop();
    }
  }

  #exploring(process: HostProcess): ExploreSetting {
    const { guest } = this.#column;
    const { origin, seed, patience, modules, root } = this.#setting;
    return {
      host: process,
      origin,
      guest,
      seed,
      patience,
      freshName: (prefix) => this.#freshName(prefix),
      clock: this.#clockOf(process),
      load: () => loadModule(process, { name: "script", guest, modules, root }),
      unload: async (module) => {
        await process.request("module/unload", { module });
      },
    };
  }

  #clockOf(process: HostProcess): HostClock {
    let clock = this.#clocks.get(process);
    if (clock === undefined) {
      clock = { now: startOfTime };
      this.#clocks.set(process, clock);
    }
    return clock;
  }

  #freshName(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** Ends the host; resolves when nothing of it is left. */
  async stop(): Promise<void> {
    await this.#shared?.stop();
    await this.#door?.close();
  }

  /** The column's process; a new one where the last has died: that death was the verdict of the scenario it died in. */
  async #sharedProcess(): Promise<HostProcess> {
    if (this.#shared === undefined || !this.#shared.alive) {
      await this.#shared?.stop();
      this.#shared = undefined;
      this.#shared = await this.#start();
    }
    return this.#shared;
  }

  async #start(): Promise<HostProcess> {
    const { host, guest } = this.#column;
    if (host.status === "not-built") throw new Error(`${host.name} is not built`);
    const { origin, seed, patience } = this.#setting;
    this.#door ??= await Door.open(origin);
    const process = await HostProcess.start(
      { name: host.name, command: host.command },
      {
        seed,
        patience,
        clock: { mode: "virtual", now: startOfTime },
        allow: [...origin.allow, this.#door.authority],
      },
    );
    this.info ??= process.info;
    if (!process.info.guests.includes(guest)) {
      const fault = process.fault(
        "protocol",
        `The host says that it runs the guests ${process.info.guests.join(", ")}, but ${this.#column.label} is a column of the matrix.`,
        `Correct the guests of ${host.name} in its adapter, or what the host answers to initialize.`,
      );
      await process.stop();
      throw fault;
    }
    if (this.claims === undefined) await this.#measure(process);
    return process;
  }

  async #measure(process: HostProcess): Promise<void> {
    try {
      this.claims = await measureCapabilities(process, this.#column.guest, startOfTime);
      const lie = lieAmong(this.claims);
      if (lie !== undefined) throw process.fault("liar", lie, lieHint);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  #startFault(fault: HostFault): Pick<ScenarioResult, "verdict" | "reason" | "message" | "evidence"> {
    return {
      verdict: "error",
      reason: `host-${fault.kind}`,
      message: fault.message,
      evidence: fault.describe().split("\n"),
    };
  }
}
