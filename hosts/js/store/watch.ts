/** Whether anybody subscribes to a module's tables: words that Workers share with the supervisor, so that one commit knows it as the next. */

/** Whether there are subscriptions, and up to which `seq` their changes have been told. */
export type WatchMemory = BigInt64Array<SharedArrayBuffer>;

const watched = 0;
const told = 1;

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { load, store } = Atomics;

/** Memory for a module without subscriptions. */
export function newWatchMemory(): WatchMemory {
  return new BigInt64Array(new SharedArrayBuffer(16));
}

/** Says whether commits have to note what they change. */
export function watch(memory: WatchMemory, on: boolean): void {
  store(memory, watched, on ? 1n : 0n);
}

/** Whether commits have to note what they change. */
export function isWatched(memory: WatchMemory): boolean {
  return load(memory, watched) === 1n;
}

/** Says that the changes up to `seq` are needed no more. */
export function setTold(memory: WatchMemory, seq: number): void {
  store(memory, told, BigInt(seq));
}

/** The `seq` up to which changes are needed no more. */
export function toldUpTo(memory: WatchMemory): bigint {
  return load(memory, told);
}
