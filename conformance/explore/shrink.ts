import type { Failure } from "./explore.ts";
import type { Schedule } from "./schedules.ts";
import { follow } from "./schedules.ts";
import type { Workload } from "./workload.ts";

/** Plays a schedule that may be simpler; gives its failure, or undefined where it does not fail. */
export type Attempt = (workload: Workload, schedule: Schedule) => Promise<Failure | undefined>;

/** Attempts after which the smallest found so far has to do. */
const mostAttempts = 200;

/**
 * Looks for a simpler failure of the same kind: fewer procedures and fetches first, then a schedule that is closer to first in, first out. A schedule
 * is simpler where it ends in more zeros, or has a smaller number at its first difference.
 */
export async function shrink(found: Failure, attempt: Attempt): Promise<{ smallest: Failure; attempts: number }> {
  let smallest = found;
  let attempts = 0;
  const tried = new Set<string>();
  const improves = async (workload: Workload, schedule: Schedule): Promise<boolean> => {
    const { taken, complete } = follow(workload, schedule);
    const key = `${workload.procedures}x${workload.fetches}:${taken.join()}`;
    if (!complete || tried.has(key) || attempts >= mostAttempts) return false;
    tried.add(key);
    attempts += 1;
    const failure = await attempt(workload, taken);
    if (failure === undefined || kindOf(failure) !== kindOf(found)) return false;
    smallest = failure;
    return true;
  };
  for (let again = true; again && attempts < mostAttempts; ) {
    again = false;
    for (const [workload, schedule] of simpler(smallest)) {
      if (await improves(workload, schedule)) {
        again = true;
        break;
      }
    }
  }
  return { smallest, attempts };
}

function kindOf({ error }: Failure): string {
  return error.name === "Violation" && "reason" in error ? error.reason : error.name;
}

/** Simpler ones, the simplest first. */
function* simpler({ workload, schedule }: Failure): Generator<[Workload, Schedule]> {
  for (let size = 1; size < workload.procedures * workload.fetches; size += 1) {
    for (let procedures = 1; procedures <= workload.procedures; procedures += 1) {
      const fetches = size / procedures;
      if (!Number.isInteger(fetches) || fetches > workload.fetches) continue;
      const smaller = { ...workload, procedures, fetches };
      yield [smaller, []];
      yield [smaller, schedule];
      for (let from = 1; from < schedule.length; from += 1) yield [smaller, schedule.slice(from)];
    }
  }
  for (let length = 0; length < schedule.length; length += 1) yield [workload, schedule.slice(0, length)];
  for (const [index, choice] of schedule.entries()) {
    for (let lower = 0; lower < choice; lower += 1) yield [workload, schedule.with(index, lower)];
  }
}
