/** Something that a clock brings about. */
export interface Timer {
  /** In ms since the epoch. */
  readonly due: number;
  /** Place among all timers of its module, in order of creation. */
  readonly issued: number;
}

/** Orders timers as they fire: by time, then by order of creation. */
export function byTime(a: Timer, b: Timer): number {
  return a.due - b.due || a.issued - b.issued;
}

/** The timer that fires first. */
export function firstOf<T extends Timer>(timers: readonly T[]): T | undefined {
  return timers.toSorted(byTime)[0];
}
