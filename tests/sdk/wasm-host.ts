import type { Description } from "./outcome.ts";
import { type Answer, Refusal, type Store } from "./store.ts";

/** What ends a call from inside the host: a failure with a code's category, or an abort with the guest's message. */
export class CallEnded extends Error {
  readonly code: number | "abort";

  constructor(code: number | "abort", message: string) {
    super(message);
    this.code = code;
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  describe(): void;
  call(nameLength: number, argsLength: number): void;
}

/** The JavaScript Promise Integration API, which the compiler's library does not know yet. */
const { Suspending, promising } = WebAssembly as unknown as {
  Suspending: new (f: (...args: number[]) => unknown) => WebAssembly.ImportValue;
  promising(f: (...args: number[]) => unknown): (...args: number[]) => Promise<void>;
};

/** One instance of a wasm guest, bound to a store. */
export class WasmGuest {
  readonly #store: Store;
  readonly #exports: Exports;
  #payload: Uint8Array = new Uint8Array();
  #result = "null";

  constructor(module: WebAssembly.Module, store: Store) {
    this.#store = store;
    this.#exports = new WebAssembly.Instance(module, { evenlane_1: this.#imports() }).exports as unknown as Exports;
  }

  /** The guest's description. */
  describe(): Description {
    this.#exports.describe();
    return JSON.parse(this.#result);
  }

  /** Runs one function or hook, without a transaction around it. `args` is JSON text. */
  async call(name: string, args: string): Promise<unknown> {
    const [nameBytes, argsBytes] = [encode(name), encode(args)];
    this.#payload = Uint8Array.from([...nameBytes, ...argsBytes]);
    this.#result = "null";
    await promising(this.#exports.call)(nameBytes.length, argsBytes.length);
    return JSON.parse(this.#result);
  }

  #imports(): WebAssembly.ModuleImports {
    const store = this.#store;
    const text = (pointer: number, length: number) => decode(this.#bytes(pointer, length));
    const answer = (given: unknown) => this.#answer(given);
    return {
      payload_len: () => this.#payload.length,
      take: (pointer: number) => {
        new Uint8Array(this.#exports.memory.buffer).set(this.#payload, pointer);
        this.#payload = new Uint8Array();
      },
      result: (pointer: number, length: number) => {
        this.#result = text(pointer, length);
      },
      fail: (code: number, pointer: number, length: number) => {
        throw new CallEnded(code, text(pointer, length));
      },
      abort: (pointer: number, length: number) => {
        throw new CallEnded("abort", text(pointer, length));
      },
      context: () => answer(JSON.stringify(store.context)),
      log: (level: number, pointer: number, length: number) => {
        store.logged.push([level, text(pointer, length)]);
      },
      tx_begin: () => answer(store.begin()),
      tx_commit: () => answer(store.commit()),
      tx_abort: () => answer(store.abort()),
      tx_point: (n: number, nl: number) => answer(store.point(text(n, nl))),
      table_get: (t: number, tl: number, k: number, kl: number) => answer(store.get(text(t, tl), text(k, kl))),
      table_insert: (t: number, tl: number, k: number, kl: number, r: number, rl: number) =>
        answer(store.insert(text(t, tl), text(k, kl), text(r, rl))),
      table_update: (t: number, tl: number, k: number, kl: number, r: number, rl: number) =>
        answer(store.update(text(t, tl), text(k, kl), text(r, rl))),
      table_delete: (t: number, tl: number, k: number, kl: number) => answer(store.delete(text(t, tl), text(k, kl))),
      table_scan: (t: number, tl: number, f: number, fl: number, u: number, ul: number) =>
        answer(store.scan(text(t, tl), text(f, fl), text(u, ul))),
      schedule: (n: number, nl: number, a: number, al: number, at: number) =>
        answer(store.schedule(text(n, nl), text(a, al), at)),
      schedule_every: (n: number, nl: number, a: number, al: number, first: number, every: number) =>
        answer(store.scheduleEvery(text(n, nl), text(a, al), first, every)),
      call_reducer: (n: number, nl: number, a: number, al: number) =>
        answer(store.callReducer(text(n, nl), text(a, al))),
      tx_timestamp: () => answer(store.began()),
      uuid: () => answer(store.uuid()),
      http_fetch: new Suspending(async (r, rl, b, bl) => {
        const settled = await store.fetch(text(r!, rl!), this.#bytes(b!, bl!));
        return settled instanceof Refusal ? answer(settled) : this.#deliver(settled);
      }),
      sleep_until: new Suspending(async () =>
        store.isOpen ? answer(new Refusal(-3, "a sleep inside a transaction")) : 0,
      ),
    };
  }

  #bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer).slice(pointer, pointer + length);
  }

  #answer(given: unknown): number {
    if (typeof given === "number") return given;
    this.#payload = encode(given instanceof Refusal ? given.message : (given as string));
    return given instanceof Refusal ? given.code : this.#payload.length;
  }

  #deliver({ response, body }: Answer): number {
    if (typeof response === "number") return this.#answer(new Refusal(response, "the fetch failed"));
    const head = encode(JSON.stringify(response));
    const length = new Uint8Array(Uint32Array.of(head.length).buffer);
    this.#payload = Uint8Array.from([...length, ...head, ...body]);
    return this.#payload.length;
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
