/** Takes everything from a Worker's global scope that ECMAScript does not define, before a JavaScript guest is evaluated. */

const kept = new Set<PropertyKey>(
  `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
  DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer
  String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap
  WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
  parseInt undefined unescape`.split(/\s+/),
);

/** What a guest's `Date` and `Math.random` read. */
export interface AmbientValues {
  now(): number;
  random(): number;
}

/**
 * Removes timers, network, process, modules and the like. `FinalizationRegistry` goes too, and `Atomics.wait` is refused: the
 * one would run guest code outside of a turn, the other block the thread. `Date` and `Math.random` read `values`.
 */
export function removeAmbient(values: AmbientValues): void {
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!kept.has(name) && !Reflect.deleteProperty(globalThis, name)) Reflect.set(globalThis, name, undefined);
  }
  // What a prototype of the scope has is hidden, not removed: the engine's own messaging may stand on it.
  for (
    let scope = Object.getPrototypeOf(globalThis);
    scope !== Object.prototype;
    scope = Object.getPrototypeOf(scope)
  ) {
    if (scope === null) break;
    for (const name of Reflect.ownKeys(scope)) {
      if (typeof name === "string" && name !== "constructor" && !kept.has(name)) define(globalThis, name, undefined);
    }
  }
  for (const name of ["wait", "waitAsync"]) {
    define(Atomics, name, () => {
      throw new TypeError(`Atomics.${name} is refused: a guest yields only at host calls`);
    });
  }
  define(Math, "random", values.random);
  define(globalThis, "Date", guestDate(values.now));
}

/** A `Date` whose present is the call's. */
function guestDate(now: () => number): DateConstructor {
  const Native = Date;
  function GuestDate(...args: unknown[]): unknown {
    if (new.target === undefined) return new Native(now()).toString();
    const target = new.target === GuestDate ? Native : new.target;
    return Reflect.construct(Native, args.length === 0 ? [now()] : args, target);
  }
  define(GuestDate, "length", 7);
  define(GuestDate, "name", "Date");
  define(GuestDate, "now", now);
  define(GuestDate, "parse", Native.parse);
  define(GuestDate, "UTC", Native.UTC);
  Object.defineProperty(GuestDate, "prototype", { value: Native.prototype, writable: false });
  define(Native.prototype, "constructor", GuestDate);
  return GuestDate as unknown as DateConstructor;
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}
