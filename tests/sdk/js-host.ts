import type { Host, Module } from "../../modules/sdk/ts/abi.ts";
import { type Answer, Refusal, type Store } from "./store.ts";

/** How a call ended: its result, or what it threw and what it had told the host of it. */
export type Ended =
  | { readonly value: unknown }
  | { readonly thrown: unknown; readonly failed: readonly [code: number, message: string] | undefined };

/** The host object of one call to a JavaScript guest. */
export class JsHost implements Host {
  readonly #store: Store;
  readonly #isLane: boolean;
  readonly #answers: Answer[] = [];
  /** The signals that the guest has told of, as often as it did. */
  readonly aborts: number[] = [];
  readonly #aborted = new Set<number>();
  readonly #aborts: [signal: number, abort: () => void][] = [];
  #message = "";
  failed: readonly [number, string] | undefined;

  constructor(store: Store, isLane: boolean) {
    this.#store = store;
    this.#isLane = isLane;
  }

  context = () => JSON.stringify(this.#store.context);
  message = () => this.#message;
  log = (level: number, text: string) => void this.#store.logged.push([level, text]);
  txBegin = () => this.#code(this.#store.begin());
  txAbort = () => this.#code(this.#store.abort());
  txPoint = (name: string) => this.#code(this.#store.point(name));
  tableGet = (table: string, key: string) => this.#code(this.#store.get(table, key));
  tableInsert = (table: string, key: string, row: string) => this.#code(this.#store.insert(table, key, row));
  tableUpdate = (table: string, key: string, row: string) => this.#code(this.#store.update(table, key, row));
  tableDelete = (table: string, key: string) => this.#code(this.#store.delete(table, key));
  tableScan = (table: string, from: string, to: string) => this.#code(this.#store.scan(table, from, to));
  schedule = (name: string, args: string, at: number) => this.#code(this.#store.schedule(name, args, at));
  scheduleEvery = (name: string, args: string, first: number, every: number) =>
    this.#code(this.#store.scheduleEvery(name, args, first, every));
  callReducer = (name: string, args: string) => this.#code(this.#store.callReducer(name, args));
  txTimestamp = () => this.#code(this.#store.began());
  uuid = () => this.#store.uuid();

  txCommit(value: unknown): number {
    let isThenable: boolean;
    try {
      isThenable = Object(value) === value && typeof (value as { then: unknown }).then === "function";
    } catch (error) {
      this.#store.abort();
      throw error;
    }
    if (!isThenable) return this.#code(this.#store.commit());
    this.#store.abort();
    return this.#code(new Refusal(-8, "the body gave a thenable"));
  }

  fetch(request: string, body: Uint8Array | null, signal?: number): number | Promise<number> {
    if (signal !== undefined && this.#aborted.has(signal))
      return this.#code(new Refusal(-15, "aborted before it began"));
    const answer = this.#store.fetch(request, body ?? new Uint8Array());
    if (answer instanceof Refusal) return this.#code(answer);
    if (this.#isLane) {
      const aborted = new Promise<Answer>((resolve) => {
        if (signal !== undefined) this.#aborts.push([signal, () => resolve({ response: -15, body: new Uint8Array() })]);
      });
      return Promise.race([answer, aborted]).then((settled) => this.#settle(settled));
    }
    if (answer instanceof Promise) throw new Error("a test settles the fetches of synchronous procedures at once");
    return this.#settle(answer);
  }

  abortFetch(signal: number): number {
    this.#aborted.add(signal);
    this.aborts.push(signal);
    for (const [of, abort] of this.#aborts) if (of === signal) abort();
    return 0;
  }

  takeHead = (handle: number) => JSON.stringify(this.#answers[handle]!.response);
  takeBody = (handle: number) => this.#answers[handle]!.body;

  sleepUntil(at: number): number | Promise<number> {
    if (this.#store.isOpen) return this.#code(new Refusal(-3, "a sleep inside a transaction"));
    if (!Number.isFinite(at)) return this.#code(new Refusal(-7, "no time"));
    return this.#isLane ? Promise.resolve(0) : 0;
  }

  fail(code: number, message: string): void {
    this.failed = [code, message];
  }

  #settle(answer: Answer): number {
    if (typeof answer.response === "number") return this.#code(new Refusal(answer.response, "the fetch failed"));
    return this.#answers.push(answer) - 1;
  }

  #code<T>(answer: T): Exclude<T, Refusal> | number {
    if (!(answer instanceof Refusal)) return answer as Exclude<T, Refusal>;
    this.#message = answer.message;
    return answer.code;
  }
}

/** Runs one function or hook of a module as a host does; a reducer inside a transaction. */
export async function run(module: Module, store: Store, name: string, args: object = {}): Promise<Ended> {
  const { functions } = JSON.parse(module.describe());
  const described = functions.find((each: { name: string }) => each.name === name);
  const isReducer = described?.kind !== "procedure";
  const host = new JsHost(store, described?.mode === "async");
  if (isReducer) store.begin();
  try {
    const text = await module.call(host, name, JSON.stringify(args));
    if (isReducer) store.commit();
    return { value: JSON.parse(text) };
  } catch (thrown) {
    if (store.isOpen) store.abort();
    return { thrown, failed: host.failed };
  }
}
