/** Reducers: how many a second, and how long one takes, alone and beside procedures. */
import type { RecordableHistogram } from "node:perf_hooks";
import type { Reducers } from "./bench-report.ts";
import type { Driver, Submission } from "./driver.ts";
import { hold } from "./held.ts";
import type { BenchOrigin } from "./origin.ts";
import { spreadOf } from "./statistics.ts";
import { type BenchSetting, type Subject, startSubject, whereOf } from "./subject.ts";

/** How many procedures are beside the reducers, and how many reducers there are. */
export interface ReducerLoad {
  readonly beside: number;
  /** Reducers of one round, one at a time; 1,000 times as many as the rarest percentile needs are best. */
  readonly single: number;
  /** Reducers of one round, many in flight. */
  readonly pipelined: number;
}

/** How many are in flight where they are pipelined. */
const window = 256;

interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

interface Round {
  readonly idle: Latency & { perSecond: number };
  readonly held: Latency & { perSecond: number };
  readonly storm: Latency & { overtakenBy: number };
}

/** Measures each subject in each round, one after the other. */
export async function measureReducers(load: ReducerLoad, setting: BenchSetting): Promise<Reducers[]> {
  const rounds = new Map<Subject, Round[]>(setting.subjects.map((subject) => [subject, []]));
  for (let round = 0; round < setting.rounds; round += 1) {
    for (const subject of setting.subjects) {
      setting.say(`reducers: ${subject.label}`);
      rounds.get(subject)!.push(await measureRound(subject, load, setting));
    }
  }
  return [...rounds].flatMap(([subject, seen]) =>
    (["idle", "held", "storm"] as const).map((state) => summary(subject, state, load, seen)),
  );
}

async function measureRound(subject: Subject, load: ReducerLoad, setting: BenchSetting): Promise<Round> {
  const { origin } = setting;
  await origin.reset();
  const driver = await startSubject(subject, setting, "virtual");
  try {
    await driver.pump(load.pipelined, window, putOn(driver));
    const idle = await alone(driver, load);
    const { ended } = await hold(driver, load.beside, origin);
    await driver.quiet();
    const held = await alone(driver, load);
    return { idle, held, storm: await inStorm(driver, origin, ended) };
  } finally {
    await driver.stop();
  }
}

const putOn = (driver: Driver) => (): Submission => ["put", { key: driver.freshKey() }];

async function alone(driver: Driver, load: ReducerLoad): Promise<Round["idle"]> {
  const put = putOn(driver);
  const single = latencyOf((await driver.oneByOne((done) => done < load.single, put)).nanoseconds);
  return { ...single, perSecond: load.pipelined / (await driver.pump(load.pipelined, window, put)) };
}

/** Reducers from the moment at which all that is held is released until the last of it has ended. */
async function inStorm(driver: Driver, origin: BenchOrigin, ended: Promise<void>): Promise<Round["storm"]> {
  let over = false;
  const all = ended.finally(() => {
    over = true;
  });
  const released = origin.release();
  const { nanoseconds, mostBetween } = await driver.oneByOne((done) => done === 0 || !over, putOn(driver));
  await Promise.all([released, all]);
  return { ...latencyOf(nanoseconds), overtakenBy: mostBetween };
}

function latencyOf(histogram: RecordableHistogram): Latency {
  const milliseconds = (percentile: number): number => histogram.percentile(percentile) / 1e6;
  return { p50: milliseconds(50), p99: milliseconds(99), p999: milliseconds(99.9) };
}

function summary(subject: Subject, state: Reducers["state"], load: ReducerLoad, rounds: readonly Round[]): Reducers {
  const middle = (name: keyof Latency): number => spreadOf(rounds.map((round) => round[state][name])).median;
  const ratio = spreadOf(rounds.map((round) => round[state].p99 / round.idle.p99));
  return {
    ...whereOf(subject),
    state,
    beside: state === "idle" ? 0 : load.beside,
    p50: middle("p50"),
    p99: middle("p99"),
    p999: middle("p999"),
    p99Ratio: ratio.median,
    p99RatioSpread: ratio,
    ...(state === "storm"
      ? { overtakenBy: Math.max(...rounds.map(({ storm }) => storm.overtakenBy)) }
      : { perSecond: spreadOf(rounds.map((round) => round[state].perSecond)).median }),
  };
}
