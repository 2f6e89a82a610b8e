/** What a procedure costs that waits for its fetch. */
import { memoryMaps, openFiles, residentBytes } from "../scenarios/process-tree.ts";
import { countThreads } from "../scenarios/threads.ts";
import type { Ceiling, Held } from "./bench-report.ts";
import type { Driver, Submission } from "./driver.ts";
import type { BenchOrigin } from "./origin.ts";
import { spreadOf } from "./statistics.ts";
import { type BenchSetting, type Subject, startSubject, whereOf } from "./subject.ts";

/** How a procedure waits: on the lane, or on a thread of its own. */
export type Mode = Held["mode"];

/** A subject in one mode. */
export interface Holding {
  readonly subject: Subject;
  readonly mode: Mode;
  /** How many to hold, ascending. */
  readonly counts: readonly number[];
}

/** What was seen in one round. */
interface Round {
  readonly before: Seen;
  readonly during: Seen;
  readonly after: number;
}

interface Seen {
  readonly threads: number;
  readonly resident: number;
  readonly instances: number;
  readonly files: number;
  readonly maps: number;
}

/** Holds each count in a process of its own, in each round. Where a host ends under the load or refuses it, its ceiling says how. */
export async function measureHeld(
  holdings: readonly Holding[],
  setting: BenchSetting,
): Promise<{ held: Held[]; ceilings: Ceiling[] }> {
  const held: Held[] = [];
  const ceilings: Ceiling[] = [];
  for (const { subject, mode, counts } of holdings) {
    for (const n of counts) {
      setting.say(`held: ${subject.label}, ${mode}, ${n}`);
      try {
        const rounds: Round[] = [];
        for (let round = 0; round < setting.rounds; round += 1) rounds.push(await holdOnce(subject, mode, n, setting));
        held.push(summary(subject, mode, n, rounds));
      } catch (error) {
        ceilings.push({ ...whereOf(subject), mode, n, because: (error as Error).message });
        break;
      }
    }
  }
  return { held, ceilings };
}

async function holdOnce(subject: Subject, mode: Mode, n: number, setting: BenchSetting): Promise<Round> {
  const { origin } = setting;
  await origin.reset();
  const driver = await startSubject(subject, setting, "virtual", mode === "blocking" ? poolOf(n) : []);
  try {
    // What a first call builds for all later ones, such as a lane's code, is none of a call's own cost.
    const first = await hold(driver, 1, origin, mode);
    await origin.release();
    await first.ended;
    await driver.quiet(1);
    const before = await look(driver);
    const { ended } = await hold(driver, n, origin, mode);
    await driver.quiet(1);
    const during = await look(driver);
    await origin.release();
    await ended;
    await driver.quiet(1 + n);
    // What an idle host gives back it has given back once it has taken further calls.
    for (let call = 0; call < 3; call += 1) await driver.call(["put", { key: driver.freshKey() }]);
    return { before, during, after: residentBytes(driver.pid) };
  } finally {
    await driver.stop();
  }
}

/** The arguments by which our hosts take a larger pool than their own. */
const poolOf = (n: number): string[] => ["--blocking-pool", String(n)];

/** Submits procedures that wait for their fetch; resolves once all of them do. Rejects where one ends before. */
export async function hold(
  driver: Driver,
  n: number,
  origin: BenchOrigin,
  mode: Mode = "lane",
): Promise<{ ended: Promise<void> }> {
  const name = mode === "lane" ? "hold" : "holdSync";
  const ended = driver.all(Array.from({ length: n }, (): Submission => [name, { url: origin.held }]));
  const broken = new AbortController();
  ended.catch((error) => broken.abort(error));
  await origin.untilHeld(n, broken.signal);
  return { ended };
}

async function look(driver: Driver): Promise<Seen> {
  const { instances } = await driver.stats();
  const { pid } = driver;
  return {
    threads: countThreads(pid),
    resident: residentBytes(pid),
    instances,
    files: openFiles(pid),
    maps: memoryMaps(pid),
  };
}

function summary(subject: Subject, mode: Mode, n: number, rounds: readonly Round[]): Held {
  const middle = (value: (round: Round) => number): number => Math.round(spreadOf(rounds.map(value)).median);
  const perCall = spreadOf(rounds.map(({ before, during }) => (during.resident - before.resident) / n));
  return {
    ...whereOf(subject),
    mode,
    n,
    threads: middle(({ during }) => during.threads),
    threadsBefore: middle(({ before }) => before.threads),
    instances: middle(({ during }) => during.instances),
    bytesPerCall: perCall.median,
    bytesPerCallSpread: perCall,
    residentBefore: middle(({ before }) => before.resident),
    residentAfter: spreadOf(rounds.map(({ before, after }) => after / before.resident)).median,
    openFiles: middle(({ during }) => during.files),
    memoryMaps: middle(({ during }) => during.maps),
  };
}
