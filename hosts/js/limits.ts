/** The bounds that this host declares. Passing one is a `limit` refusal or failure, never a truncation. */

/** Bytes of any one JSON text that crosses between guest and host: a row, a result, arguments, a request's head. */
export const jsonBytes = 16 << 20;
/** Bytes of a table's key. */
export const keyBytes = 16 << 20;
/** Bytes of a request's body. */
export const requestBodyBytes = 32 << 20;
/** Bytes of the JSON that one scan gives. */
export const scanBytes = 64 << 20;
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
/** Time in milliseconds that the evaluation of a guest's module and its `describe` may take. */
export const loadMillis = 30_000;
/** Time in milliseconds that a Worker may take to stop before it is given up: a runtime may be unable to stop an endless loop. */
export const stopMillis = 5000;
/** Idle wasm instances of each sort that a lane keeps for later calls. */
export const idleInstances = 64;

/** The bounds of one module, which its operator may set. A null one is not there. */
export interface Limits {
  /** CPU time in milliseconds that one turn of a guest may take before its call ends as `budget`. */
  readonly turnMs: number;
  /** Milliseconds of the host's clock from a call's beginning to its end. */
  readonly callMs: number | null;
  /** Bytes of a wasm instance's linear memory, or of a Worker's heap; passing the heap's ends the Worker. */
  readonly memoryBytes: number | null;
  /** Procedures in flight. */
  readonly inFlight: number | null;
  /** Calls that were submitted and have not begun. */
  readonly queued: number | null;
  /** Bytes of a response's body. */
  readonly responseBytes: number;
  /** Redirects that one fetch follows. */
  readonly redirects: number;
}

/** The bounds of a module whose operator sets none. */
export const defaultLimits: Limits = {
  turnMs: 10_000,
  callMs: null,
  memoryBytes: null,
  inFlight: null,
  queued: null,
  responseBytes: 32 << 20,
  redirects: 10,
};

/** What an operator sets, and the defaults for the rest. */
export function limitsOf(given: { readonly [K in keyof Limits]?: number | undefined } = {}): Limits {
  const set = Object.entries(given).filter(([, bound]) => bound !== undefined);
  return { ...defaultLimits, ...Object.fromEntries(set) };
}

/** Heap of a Worker whose operator sets no bound, in bytes. */
const heapBytes = 560 << 20;
/** The largest share of a heap that is for young objects, and their most, in MiB. */
const [youngShare, youngMost] = [8, 48];

/** The engine's limits for a heap of so many bytes; null: the default. */
export function heapOf(bytes: number | null): { maxOldGenerationSizeMb: number; maxYoungGenerationSizeMb: number } {
  const megabytes = Math.max(2, (bytes ?? heapBytes) / (1 << 20));
  const young = Math.max(1, Math.min(youngMost, Math.floor(megabytes / youngShare)));
  return { maxOldGenerationSizeMb: Math.max(1, Math.floor(megabytes - young)), maxYoungGenerationSizeMb: young };
}
