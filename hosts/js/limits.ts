/** The bounds that this host declares. Passing one is a `limit` refusal or failure, never a truncation. */

/** Bytes of any one JSON text that crosses between guest and host: a row, a result, arguments, a request's head. */
export const jsonBytes = 16 << 20;
/** Bytes of a table's key. */
export const keyBytes = 16 << 20;
/** Bytes of a request's body. */
export const requestBodyBytes = 32 << 20;
/** Bytes of a response's body. */
export const responseBodyBytes = 32 << 20;
/** Bytes of the JSON that one scan gives. */
export const scanBytes = 64 << 20;
/** Redirects that one fetch follows. */
export const redirects = 10;
/** Time limit of a fetch that sets none, from its issue to its last byte, in milliseconds of the host's clock. */
export const fetchMillis = 30_000;
/** The longest time limit of a fetch, in the same milliseconds: one that sets more has this. */
export const mostFetchMillis = 180_000;
/** Requests that a lane takes while a completion is ready, before it takes that completion. */
export const requestBurst = 64;
/** Synchronous procedures of a module that run at once. */
export const blockingPool = 4;
/** Nesting of a JSON text that crosses between guest and host. */
export const jsonDepth = 128;
/** Old-generation heap of one Worker in MiB; passing it ends the Worker. */
export const heapMegabytes = 512;
/** Time in milliseconds that the evaluation of a guest's module and its `describe` may take. */
export const loadMillis = 30_000;
/** Idle wasm instances of each sort that a lane keeps for later calls. */
export const idleInstances = 64;

/**
 * CPU time in milliseconds that one turn of a guest may take before its call ends with the category `budget`.
 * `EVENLANE_TURN_BUDGET_MS` overrides the 10 s, for tests of termination.
 */
export function turnBudget(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment.EVENLANE_TURN_BUDGET_MS;
  if (text === undefined) return 10_000;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new Error(`EVENLANE_TURN_BUDGET_MS is ${JSON.stringify(text)}; give a positive number of milliseconds`);
  }
  return value;
}
