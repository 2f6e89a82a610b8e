/** Fetch-bound procedures a second, beside the limit. */
import type { Throughput } from "./bench-report.ts";
import type { Driver, Submission } from "./driver.ts";
import { spreadOf } from "./statistics.ts";
import { type BenchSetting, type Subject, startSubject, whereOf } from "./subject.ts";

type Work = Throughput["work"];

/** Calls of one round: enough for a second or so, and each place taken several times. */
const callsOf = (concurrency: number): number => Math.max(2000, Math.min(16_384, concurrency * 32));

/** Measures each subject and the limit in each round, one after the other, all in one run, so that a slower moment of the machine meets them all. */
export async function measureThroughput(
  concurrencies: readonly number[],
  works: readonly Work[],
  setting: BenchSetting,
): Promise<Throughput[]> {
  const { limit, subjects, rounds, say } = setting;
  const running: { subject: Subject; driver: Driver }[] = [];
  try {
    for (const subject of [limit, ...subjects])
      running.push({ subject, driver: await startSubject(subject, setting, "real") });
    const found: Throughput[] = [];
    for (const work of works) {
      for (const concurrency of concurrencies) {
        const seen = new Map<Subject, number[]>(running.map(({ subject }) => [subject, []]));
        // The first is for code to be compiled and connections to be opened.
        for (let round = -1; round < rounds; round += 1) {
          for (const { subject, driver } of running) {
            say(`throughput: ${work}, ${concurrency} at a time, ${subject.label}`);
            const perSecond = await pump(driver, work, concurrency, setting);
            if (round >= 0) seen.get(subject)!.push(perSecond);
          }
        }
        const raw = seen.get(limit)!;
        for (const { subject } of running) {
          const own = seen.get(subject)!;
          const ratio = spreadOf(own.map((perSecond, round) => perSecond / raw[round]!));
          const perSecond = spreadOf(own).median;
          found.push({
            ...whereOf(subject),
            work,
            concurrency,
            perSecond,
            ratioToRaw: ratio.median,
            ratioSpread: ratio,
          });
        }
      }
    }
    return found;
  } finally {
    await Promise.all(running.map(({ driver }) => driver.stop()));
  }
}

async function pump(driver: Driver, work: Work, concurrency: number, { origin }: BenchSetting): Promise<number> {
  const total = callsOf(concurrency);
  const url = origin.now;
  const submission = (): Submission =>
    work === "commit" ? ["fetchCommit", { url, key: driver.freshKey() }] : ["fetchOnly", { url }];
  return total / (await driver.pump(total, concurrency, submission));
}
