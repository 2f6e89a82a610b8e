import { KitError } from "../run/kit-error.ts";
import { follow, type Schedule } from "./schedules.ts";
import { nameOf, type Workload, workloadOf } from "./workload.ts";

/** Reads a workload's name. @throws KitError */
export function parseWorkload(name: string): Workload {
  const workload = workloadOf(name);
  if (workload !== undefined) return workload;
  throw new KitError(
    `"${name}" is no workload: write PROCEDURESxFETCHES, with +reducer, +fail, +reset, +cancel, +disconnect or +clock for one more step, and -stepped for turns as steps of their own (3x2, 2x2+cancel, 2x1+reducer-stepped)`,
  );
}

/** Reads a schedule, such as `0,1,0`, for a workload. @throws KitError where it is none, or names a step that is not there */
export function parseSchedule(text: string, workload: Workload): Schedule {
  const schedule = text.split(",").map((part, index) => {
    if (!/^\d{1,4}$/.test(part.trim())) {
      throw new KitError(
        `the schedule "${text}" has "${part}" as number ${index + 1}: it is a list of whole numbers from 0, separated by commas (0,1,0)`,
      );
    }
    return Number(part);
  });
  checkSchedule(schedule, workload);
  return schedule;
}

/** Demands that a schedule name only steps that are there. @throws KitError */
export function checkSchedule(schedule: Schedule, workload: Workload): void {
  const { options } = follow(workload, schedule);
  const name = nameOf(workload);
  if (schedule.length > options.length) {
    throw new KitError(
      `the schedule has ${schedule.length} numbers, but ${name} is over after ${options.length} steps`,
    );
  }
  for (const [index, choice] of schedule.entries()) {
    if (choice >= options[index]!) {
      const there = options[index] === 1 ? "one step is" : `${options[index]} steps are`;
      throw new KitError(
        `the schedule's number ${index + 1} is ${choice}, but only ${there} enabled there in ${name}, numbered from 0`,
      );
    }
  }
}
