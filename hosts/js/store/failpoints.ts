/**
 * Commits that are to conflict, by call: a table in shared memory, so that one that is armed while a guest runs holds for its
 * very next commit. The supervisor adds and removes entries; the Worker of a call uses its entry up.
 */

/** The table, to be shared with Workers: how many entries were ever in use at once, then pairs of a call and a count. */
export type FailpointMemory = Int32Array<SharedArrayBuffer>;

/** Calls of one module that may be armed at the same time. */
export const mostArmed = 4096;
/** The largest count of one call; it is not reached by any. */
const mostCommits = 0x7fff_ffff;
const used = 0;
const nobody = 0;

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { add, load, store, sub } = Atomics;

/** The table as the supervisor uses it. */
export class Failpoints {
  readonly memory: FailpointMemory = new Int32Array(new SharedArrayBuffer(4 * (1 + 2 * mostArmed)));
  /** Counts of calls that are not submitted yet, by name. */
  readonly #awaited = new Map<string, number>();
  /** Entries in use, by call. */
  readonly #entries = new Map<number, number>();
  readonly #unused: number[] = [];

  /** Whether no further call can be armed. */
  get full(): boolean {
    return this.#awaited.size + this.#entries.size >= mostArmed;
  }

  /** Arms a call that is not submitted yet. */
  await(name: string, commits: number): void {
    this.#awaited.set(name, (this.#awaited.get(name) ?? 0) + commits);
  }

  /** The call of that name is submitted as number `n`. */
  submitted(name: string, n: number): void {
    const commits = this.#awaited.get(name);
    if (commits === undefined) return;
    this.#awaited.delete(name);
    this.arm(n, commits);
  }

  /** Lets the next `commits` commits of call `n` conflict, besides those that do already. */
  arm(n: number, commits: number): void {
    const { memory } = this;
    const armed = this.#entries.get(n);
    if (armed !== undefined) {
      add(memory, armed + 1, Math.min(commits, mostCommits - load(memory, armed + 1)));
      return;
    }
    const entry = this.#unused.pop() ?? this.#next();
    this.#entries.set(n, entry);
    store(memory, entry + 1, Math.min(commits, mostCommits));
    store(memory, entry, n + 1);
  }

  /** Call `n` has ended: what it has not used up is forgotten. */
  ended(n: number): void {
    const entry = this.#entries.get(n);
    if (entry === undefined) return;
    this.#entries.delete(n);
    this.#unused.push(entry);
    store(this.memory, entry, nobody);
  }

  #next(): number {
    return 1 + 2 * add(this.memory, used, 1);
  }
}

/** Whether this commit of call `n` is to conflict. Uses one up. */
export function conflicts(memory: FailpointMemory, n: number): boolean {
  const count = load(memory, used);
  for (let entry = 1; entry < 1 + 2 * count; entry += 2) {
    if (load(memory, entry) === n + 1) return load(memory, entry + 1) > 0 && sub(memory, entry + 1, 1) > 0;
  }
  return false;
}
