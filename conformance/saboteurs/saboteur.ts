/** One place in a host's sources that a saboteur changes. */
export interface Edit {
  /** The source, as a path from `hosts/js`. */
  readonly file: string;
  /** What stands there: must occur exactly once. */
  readonly find: string;
  /** What stands there in its place. `fired()`, which is true, counts that the fault came to act. */
  readonly replace: string;
}

/** A requirement that a saboteur breaks, and how that is to be found. */
export interface Kill {
  readonly requirement: string;
  /** The reason code of the verdict: of a violation, `silence` where nothing happens any more, or `host-…` where the host is lost as a program. */
  readonly reason: string;
  /** What the checkers of isolation call it, where it hangs on one of them. */
  readonly finding?: string;
}

/**
 * A host with one deliberate fault. It changes a mechanism: it writes no frame or event by itself, and knows no scenario, requirement or call name.
 */
export interface Saboteur {
  /** A slug in the field's words: `last-in-first-out-resumption`. */
  readonly name: string;
  /** What is wrong with such a host: one sentence. */
  readonly fault: string;
  /** Where a shipped host had it: the thread (`clockworklabs/SpacetimeDB#4697`), or that it was read in the sources. */
  readonly seen?: string;
  /** The guests that show it; TypeScript unless said. */
  readonly guest?: "ts" | "as";
  readonly edits: readonly Edit[];
  /** What finds it: never empty. */
  readonly kills: readonly Kill[];
  /** Whether it takes the exploration of schedules to find it. */
  readonly explored?: boolean;
}
