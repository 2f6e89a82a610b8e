/** Explores a workload in one column: every schedule of a list, and the smallest that fails. */
import { History, type HistoryEvent } from "../history/history.ts";
import { Tables } from "../model/tables.ts";
import type { GatedOrigin } from "../origin/gated-origin.ts";
import { HostSilent } from "../protocol/host-fault.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import { Randomness } from "../scenarios/randomness.ts";
import type { HostClock } from "../scenarios/stage-setting.ts";
import { Stuck, Violation } from "../scenarios/violation.ts";
import { Watchdog } from "../scenarios/watchdog.ts";
import { type Ground, playSchedule } from "./course.ts";
import type { Schedule } from "./schedules.ts";
import { shrink } from "./shrink.ts";
import type { Step } from "./simulation.ts";
import { nameOf, type Workload } from "./workload.ts";

/** What exploring needs of a column. */
export interface ExploreSetting {
  readonly host: HostProcess;
  readonly origin: GatedOrigin;
  readonly guest: GuestLanguage;
  readonly seed: string;
  /** Milliseconds of silence after which a schedule counts as stuck. */
  readonly patience: number;
  readonly freshName: (prefix: string) => string;
  /** The clock of the host's process. */
  readonly clock: HostClock;
  /** Loads the module `script` anew and gives its id. */
  readonly load: () => Promise<string>;
  readonly unload: (module: string) => Promise<void>;
}

/** A schedule on which the host left what the model allows, or stood still. */
export interface Failure {
  readonly workload: Workload;
  readonly schedule: Schedule;
  readonly steps: readonly Step[];
  readonly error: Violation | Stuck;
  readonly events: readonly HistoryEvent[];
}

/** What exploring came to. */
export interface Explored {
  /** Schedules that were played to their end or their failure. */
  readonly played: number;
  /** The first failure, shrunk, with the schedule that it was found on. */
  readonly failure: { readonly shrunk: Failure; readonly found: Failure; readonly attempts: number } | undefined;
}

/** Schedules that are played at once, each on a module of its own. */
const side = 2;
/** Schedules after which a module is loaded anew. */
const perModule = 500;

/** Plays schedules until one fails or none is left; a failure is shrunk towards first in, first out. @throws HostFault */
export async function explore(
  workload: Workload,
  schedules: Iterable<Schedule>,
  setting: ExploreSetting,
): Promise<Explored> {
  const left = schedules[Symbol.iterator]();
  let played = 0;
  let found: Failure | undefined;
  let givenUp = false;
  const worker = async (): Promise<void> => {
    let ground: Ground | undefined;
    let onGround = 0;
    try {
      for (let next = left.next(); !next.done && found === undefined && !givenUp; next = left.next()) {
        if (ground === undefined || onGround >= perModule) {
          if (ground !== undefined) await setting.unload(ground.id);
          ground = await groundOf(setting);
          onGround = 0;
        }
        const failure = await attempt(workload, next.value, ground, setting);
        onGround += 1;
        played += 1;
        found ??= failure;
      }
    } catch (error) {
      givenUp = true;
      throw error;
    } finally {
      if (ground !== undefined && setting.host.alive) await setting.unload(ground.id);
    }
  };
  // One clock for all modules of a host: what one schedule does to it would show in another.
  const ends = await Promise.allSettled(Array.from({ length: workload.extra === "clock" ? 1 : side }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  if (found === undefined) return { played, failure: undefined };
  const { smallest, attempts } = await shrink(found, (smaller, schedule) => attemptAlone(smaller, schedule, setting));
  return { played, failure: { shrunk: smallest, found, attempts } };
}

/** Plays one schedule on a module that has seen nothing else. */
async function attemptAlone(
  workload: Workload,
  schedule: Schedule,
  setting: ExploreSetting,
): Promise<Failure | undefined> {
  const ground = await groundOf(setting);
  try {
    return await attempt(workload, schedule, ground, setting);
  } finally {
    if (setting.host.alive) await setting.unload(ground.id);
  }
}

async function attempt(
  workload: Workload,
  schedule: Schedule,
  ground: Ground,
  { host, origin, guest, seed, patience, freshName, clock }: ExploreSetting,
): Promise<Failure | undefined> {
  const history = new History();
  const session = origin.session((event) => history.add({ kind: "origin", event }));
  const watchdog = new Watchdog(patience, history);
  const steps: Step[] = [];
  const taken: number[] = [];
  try {
    const random = new Randomness(seed, nameOf(workload));
    const stage = { host, session, history, watchdog, random, js: guest === "ts", freshName, clock };
    await playSchedule(workload, schedule, ground, stage, (step, choice) => {
      steps.push(step);
      taken.push(choice);
    });
    const [fault] = session.faults;
    if (fault !== undefined) throw new Violation("repeated-arrival", `at the origin, ${fault}`);
    return undefined;
  } catch (error) {
    const judged = error instanceof HostSilent ? new Stuck(error.message) : error;
    if (!(judged instanceof Violation || judged instanceof Stuck)) throw error;
    return { workload, schedule: taken, steps, error: judged, events: [...history.events] };
  } finally {
    watchdog.stop();
    session.end();
  }
}

async function groundOf(setting: ExploreSetting): Promise<Ground> {
  const id = await setting.load();
  const open = async (): Promise<string> => {
    const connection = setting.freshName("k");
    await setting.host.request("connection/open", { module: id, connection });
    return connection;
  };
  return { id, alice: await open(), bob: await open(), tables: new Tables(), outcomes: 0, reopen: open };
}
