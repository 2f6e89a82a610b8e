/**
 * What a JavaScript guest finds in its realm. `prepareRealm` is handed over as source text and runs inside of that realm, before
 * the guest: so it names nothing of this module, and all that the guest can reach is made of the realm's own intrinsics.
 */

/** What the host gives to the realm. */
export interface RealmValues {
  /** What the guest's `Date` reads. */
  now(): number;
  /** What the guest's `Math.random` reads. */
  random(): number;
  /** The methods of a guest's host, by name: `this` is what the host object was made for. */
  readonly methods: Readonly<Record<string, (...parts: never[]) => unknown>>;
  /** `Error.prototype` and `Uint8Array` of the host's realm: what comes from there is made anew. */
  readonly foreignError: object;
  readonly foreignBytes: Uint8ArrayConstructor;
}

/** What the host needs of the realm, taken before the guest runs. */
export interface Intrinsics {
  readonly Promise: PromiseConstructor;
  readonly promiseThen: Promise<unknown>["then"];
  readonly TypeError: TypeErrorConstructor;
  /** The object through which a guest calls its host: its methods are those of the values, for `target`. */
  hostFor(target: object): object;
}

/**
 * Removes what ECMAScript does not define, `FinalizationRegistry` too, which would run guest code outside of a turn; refuses
 * `Atomics.wait`, which would block the thread; lets `Date` and `Math.random` read `values`; makes the guest's way to its host.
 */
export function prepareRealm(values: RealmValues): Intrinsics {
  const kept = new Set<PropertyKey>(
    `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
    DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
    Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer
    String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap
    WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
    parseInt undefined unescape`.split(/\s+/),
  );
  const { apply, construct } = Reflect;
  const { isPrototypeOf: isBelow } = Object.prototype;
  const { methods, foreignError, foreignBytes } = values;
  const [Native, Bytes, Fault, Overflow] = [Date, Uint8Array, Error, RangeError];

  function define(target: object, name: string, value: unknown): void {
    Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
  }

  /** Calls a function of the host. What the engine throws there, a stack overflow first of all, is of that realm. */
  function ask(run: (...parts: never[]) => unknown, self: unknown, parts: ArrayLike<unknown>): unknown {
    let given: unknown;
    try {
      given = apply(run, self, parts as never[]);
    } catch (error) {
      if (!apply(isBelow, foreignError, [error])) throw error;
      const { name, message } = error as Error;
      throw name === "RangeError" ? new Overflow(message) : new Fault(message);
    }
    return typeof given === "object" && given instanceof foreignBytes ? new Bytes(given) : given;
  }

  function GuestDate(...parts: unknown[]): unknown {
    const now = () => ask(values.now, undefined, []) as number;
    if (new.target === undefined) return new Native(now()).toString();
    const target = new.target === GuestDate ? Native : new.target;
    return construct(Native, parts.length === 0 ? [now()] : parts, target);
  }

  class Host {
    readonly #target: object;
    constructor(target: object) {
      this.#target = target;
    }
    static {
      for (const name of Object.keys(methods)) {
        const run = methods[name] as (...parts: never[]) => unknown;
        const method = {
          [name](this: Host) {
            // biome-ignore lint/complexity/noArguments: a rest parameter would read what the guest can replace.
            return ask(run, this.#target, arguments);
          },
        }[name] as object;
        define(method, "length", run.length);
        define(Host.prototype, name, method);
      }
    }
  }
  // Calls share the class: what one guest call did to it would reach the others.
  Reflect.deleteProperty(Host.prototype, "constructor");
  Object.freeze(Host.prototype);

  for (const name of Reflect.ownKeys(globalThis)) {
    if (!kept.has(name) && !Reflect.deleteProperty(globalThis, name)) Reflect.set(globalThis, name, undefined);
  }
  for (const name of ["wait", "waitAsync"]) {
    define(Atomics, name, () => {
      throw new TypeError(`Atomics.${name} is refused: a guest yields only at host calls`);
    });
  }
  define(Math, "random", function random() {
    return ask(values.random, undefined, []);
  });
  define(GuestDate, "length", 7);
  define(GuestDate, "name", "Date");
  define(GuestDate, "now", function now() {
    return ask(values.now, undefined, []);
  });
  define(GuestDate, "parse", Native.parse);
  define(GuestDate, "UTC", Native.UTC);
  Object.defineProperty(GuestDate, "prototype", { value: Native.prototype, writable: false });
  define(Native.prototype, "constructor", GuestDate);
  define(globalThis, "Date", GuestDate);

  return { Promise, promiseThen: Promise.prototype.then, TypeError, hostFor: (target) => new Host(target) };
}
