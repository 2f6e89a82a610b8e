/**
 * Runs in a guest's realm before the guest, as strict code. `natives` are the host's functions: each takes the number of the
 * call that it works for. Keeps what it needs, for a guest may replace all that it finds.
 */
(natives) => {
  const {
    apply,
    construct,
    defineProperty,
    deleteProperty,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    ownKeys,
    setPrototypeOf,
  } = Reflect;
  const Native = Date;
  const Fault = TypeError;
  const { toString: dateText } = Native.prototype;
  const { hasOwnProperty: hasOwn } = Object.prototype;
  const { random: unseeded } = Math;
  const text = String;
  const kindOf = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

  const define = (target, name, value) =>
    defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });

  const isThenable = (value) =>
    ((typeof value === "object" && value !== null) || typeof value === "function") && typeof value.then === "function";

  // Methods check their receiver by the private field; calls share the class, so that nothing of it may change.
  class Host {
    #call;
    constructor(call) {
      this.#call = call;
    }
    context() {
      return natives.context(this.#call);
    }
    log(level, text) {
      return natives.log(this.#call, level, text);
    }
    txBegin() {
      return natives.txBegin(this.#call);
    }
    txCommit(value) {
      let thenable;
      try {
        thenable = isThenable(value);
      } catch (error) {
        natives.txAbort(this.#call);
        throw error;
      }
      return natives.txCommit(this.#call, thenable ? 1 : 0);
    }
    txAbort() {
      return natives.txAbort(this.#call);
    }
    txPoint(name) {
      return natives.txPoint(this.#call, name);
    }
    tableGet(table, key) {
      return natives.tableGet(this.#call, table, key);
    }
    tableInsert(table, key, row) {
      return natives.tableInsert(this.#call, table, key, row);
    }
    tableUpdate(table, key, row) {
      return natives.tableUpdate(this.#call, table, key, row);
    }
    tableDelete(table, key) {
      return natives.tableDelete(this.#call, table, key);
    }
    tableScan(table, from, to) {
      return natives.tableScan(this.#call, table, from, to);
    }
    schedule(name, args, at) {
      return natives.schedule(this.#call, name, args, at);
    }
    scheduleEvery(name, args, first, every) {
      return natives.scheduleEvery(this.#call, name, args, first, every);
    }
    callReducer(name, args) {
      return natives.callReducer(this.#call, name, args);
    }
    txTimestamp() {
      return natives.txTimestamp(this.#call);
    }
    uuid() {
      return natives.uuid(this.#call);
    }
    fetch(request, body, signal) {
      // A body is named by its kind, which no property of it can feign.
      const kind =
        body === null || body === undefined
          ? 0
          : typeof body === "object" && apply(kindOf, body, []) === "Uint8Array"
            ? 1
            : 2;
      return natives.fetch(this.#call, request, kind, body, signal);
    }
    abortFetch(signal) {
      return natives.abortFetch(this.#call, signal);
    }
    takeHead(handle) {
      return natives.takeHead(this.#call, handle);
    }
    takeBody(handle) {
      return natives.takeBody(this.#call, handle);
    }
    sleepUntil(at) {
      return natives.sleepUntil(this.#call, at);
    }
    fail(code, message) {
      return natives.fail(this.#call, code, message);
    }
    message() {
      return natives.message(this.#call);
    }
  }
  const { refuse } = {
    refuse() {
      throw new Fault("a host object is made by the host alone");
    },
  };
  define(Host.prototype, "constructor", refuse);
  Object.freeze(Host.prototype);

  // What the language defines, without the parts whose jobs would run a guest outside of its turns.
  const kept = new Set(
    `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
    DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
    Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer
    String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap
    WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
    parseInt undefined unescape`.split(/\s+/),
  );
  for (const name of ownKeys(globalThis)) if (!kept.has(name)) deleteProperty(globalThis, name);

  // A bound function has the prototype of its target, which QuickJS forgets; an async function is known by it.
  const { bind: bindPlain } = Function.prototype;
  const { bind } = {
    bind() {
      // biome-ignore lint/complexity/noArguments: a rest parameter would have to be spread by what the guest can replace.
      const bound = apply(bindPlain, this, arguments);
      setPrototypeOf(bound, getPrototypeOf(this));
      return bound;
    },
  };
  defineProperty(bind, "length", { value: 1 });
  define(Function.prototype, "bind", bind);

  function GuestDate(...parts) {
    if (new.target === undefined) return apply(dateText, new Native(natives.now()), []);
    return construct(Native, parts.length === 0 ? [natives.now()] : parts, new.target);
  }
  defineProperty(GuestDate, "name", { value: Native.name });
  defineProperty(GuestDate, "length", { value: Native.length });
  defineProperty(GuestDate, "prototype", { value: Native.prototype, writable: false });
  // Methods, so that they are no constructors.
  const replaced = {
    now() {
      return natives.now();
    },
    random() {
      return natives.draw() ?? unseeded();
    },
  };
  define(GuestDate, "now", replaced.now);
  define(GuestDate, "parse", Native.parse);
  define(GuestDate, "UTC", Native.UTC);
  define(Native.prototype, "constructor", GuestDate);
  define(globalThis, "Date", GuestDate);
  define(Math, "random", replaced.random);

  // What the host calls.
  return {
    __proto__: null,
    isThenable,
    invoke: (guest, call, id, name, args) => apply(call, guest, [new Host(id), name, args]),
    onSettled: (id) => () => natives.settled(id),
    /** What a thrown value says: an error's own message, a string itself. Runs no code of the guest. */
    textOf(value, isError) {
      if (typeof value === "string") return value;
      if (isError) {
        const own = getOwnPropertyDescriptor(value, "message");
        const message = own !== undefined && apply(hasOwn, own, ["value"]) ? own.value : undefined;
        return typeof message === "string" ? message : "the guest threw an error without a message";
      }
      if (typeof value === "object" && value !== null) return "the guest threw an object that is no error";
      return typeof value === "function" ? "the guest threw a function" : text(value);
    },
  };
};
