/** One instance of a wasm guest and its imports. It runs one call at a time and is never entered from a host call. */
import { code, Refusal } from "../guest/codes.ts";
import type { GuestCall } from "../worker/guest-call.ts";
import type { OpOutcome } from "../worker/messages.ts";
import {
  concatenate,
  copyBytes,
  encodable,
  encode,
  readMessage,
  readText,
  responsePayload,
  writeBytes,
} from "./memory.ts";

/** The namespace of every import. */
export const namespace = "evenlane_1";

/** `suspending` instances run procedures; `plain` ones run reducers and hooks, which never yield. */
export type Sort = "suspending" | "plain";

/** Ends a call from inside a host call: to the guest it is a trap. */
class Ending extends Error {}

type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly describe: () => void;
  readonly call: (nameLength: number, argsLength: number) => void | Promise<void>;
};

/** An instance. */
export class Instance {
  readonly sort: Sort;
  readonly #exports: Exports;
  #call: GuestCall | null = null;
  #payload: Uint8Array | null = null;
  #result: string | null = null;
  #refused: Refusal | null = null;

  /** Instantiates; throws what the engine throws where the module asks for an import that there is not. */
  constructor(module: WebAssembly.Module, sort: Sort) {
    this.sort = sort;
    const { exports } = new WebAssembly.Instance(module, { [namespace]: this.#imports(sort) });
    const { memory, describe, call } = exports as unknown as Exports;
    this.#exports = { memory, describe, call: sort === "suspending" ? WebAssembly.promising(call) : call };
  }

  /** The description that the guest hands over. */
  describe(): string {
    this.#exports.describe();
    const text = this.#takeResult();
    if (text === null) throw new Error("`describe` handed nothing over by `result`");
    return text;
  }

  /** Runs a call; on a suspending instance the promise settles when it has ended. Throws or rejects where it traps. */
  run(call: GuestCall): void | Promise<void> {
    this.#call = call;
    const [name, args] = [encode(call.spec.function), encode(call.spec.args)];
    this.#payload = concatenate(name, args);
    return this.#exports.call(name.byteLength, args.byteLength);
  }

  /** The result's text once the call has ended; also throws what the guest handed over wrongly. Frees the instance. */
  end(): string {
    const [text, call] = [this.#takeResult(), this.#call];
    this.#call = null;
    this.#payload = null;
    if (call !== null && call.failure !== null) throw new Ending(call.failure.message);
    return text ?? "null";
  }

  #takeResult(): string | null {
    const [text, refused] = [this.#result, this.#refused];
    this.#result = null;
    this.#refused = null;
    if (refused !== null) throw refused;
    return text;
  }

  #imports(sort: Sort): WebAssembly.ModuleImports {
    const text = (pointer: number, length: number, what: string) =>
      readText(this.#exports.memory, pointer, length, what);
    const done = (action: (call: GuestCall) => void) => () => this.#answer((call) => action(call));
    const suspends = (run: (...parts: number[]) => number | Promise<number>) =>
      (sort === "suspending" ? new WebAssembly.Suspending(run) : run) as WebAssembly.ImportValue;
    const row =
      (action: (call: GuestCall, table: string, key: string, row: string) => void) =>
      (table: number, tableLength: number, key: number, keyLength: number, value: number, valueLength: number) =>
        this.#answer((call) =>
          action(
            call,
            text(table, tableLength, "the table's name"),
            text(key, keyLength, "the key"),
            text(value, valueLength, "the row"),
          ),
        );
    return {
      payload_len: () => this.#payload?.byteLength ?? 0,
      take: (pointer: number) => {
        const payload = this.#payload;
        this.#payload = null;
        if (payload !== null) writeBytes(this.#exports.memory, pointer, payload);
      },
      result: (pointer: number, length: number) => {
        try {
          this.#result = text(pointer, length, "the result");
        } catch (error) {
          this.#refused = error as Refusal;
        }
      },
      fail: (number: number, pointer: number, length: number) => {
        const message = readMessage(this.#exports.memory, pointer, length);
        this.#call?.fail(number, message);
        throw new Ending(message);
      },
      // Line and column stay out of it: the message is the guest's own, the same as its twin in another language gives.
      abort: (pointer: number, length: number) => {
        const message = readMessage(this.#exports.memory, pointer, length);
        this.#call?.fail(0, message);
        throw new Ending(message);
      },
      context: () => this.#answer((call) => call.context()),
      log: (level: number, pointer: number, length: number) => {
        this.#call?.log(level, readMessage(this.#exports.memory, pointer, length));
      },
      tx_begin: done((call) => call.begin()),
      tx_commit: done((call) => call.commit()),
      tx_abort: done((call) => call.abort()),
      tx_point: (name: number, nameLength: number) =>
        this.#answer((call) => call.point(text(name, nameLength, "the point's name"))),
      table_get: (table: number, tableLength: number, key: number, keyLength: number) =>
        this.#answer((call) => call.get(text(table, tableLength, "the table's name"), text(key, keyLength, "the key"))),
      table_insert: row((call, table, key, value) => call.insert(table, key, value)),
      table_update: row((call, table, key, value) => call.update(table, key, value)),
      table_delete: (table: number, tableLength: number, key: number, keyLength: number) =>
        this.#answer((call) =>
          call.remove(text(table, tableLength, "the table's name"), text(key, keyLength, "the key")),
        ),
      table_scan: (
        table: number,
        tableLength: number,
        from: number,
        fromLength: number,
        to: number,
        toLength: number,
      ) =>
        this.#answer((call) =>
          call.scan(
            text(table, tableLength, "the table's name"),
            text(from, fromLength, "the lower bound"),
            text(to, toLength, "the upper bound"),
          ),
        ),
      schedule: (name: number, nameLength: number, args: number, argsLength: number, at: number) =>
        this.#answer((call) =>
          call.schedule(
            text(name, nameLength, "the name of the scheduled function"),
            text(args, argsLength, "the arguments"),
            at,
            null,
          ),
        ),
      schedule_every: (
        name: number,
        nameLength: number,
        args: number,
        argsLength: number,
        first: number,
        every: number,
      ) =>
        this.#answer((call) =>
          call.schedule(
            text(name, nameLength, "the name of the scheduled function"),
            text(args, argsLength, "the arguments"),
            first,
            every,
          ),
        ),
      call_reducer: (name: number, nameLength: number, args: number, argsLength: number) =>
        this.#answer((call) =>
          call.callReducer(text(name, nameLength, "the name of the reducer"), text(args, argsLength, "the arguments")),
        ),
      tx_timestamp: () => {
        let time = 0;
        const refused = this.#answer((call) => {
          time = call.transactionTime();
        });
        return refused < 0 ? refused : time;
      },
      uuid: () => this.#answer((call) => call.uuid()),
      http_fetch: suspends((request, requestLength, body, bodyLength) =>
        this.#wait((call, settled) =>
          call.fetch(
            text(request as number, requestLength as number, "the request"),
            copyBytes(this.#exports.memory, body as number, bodyLength as number),
            null,
            settled,
          ),
        ),
      ),
      sleep_until: suspends((at) => this.#wait((call, settled) => call.sleep(at as number, settled))),
    };
  }

  /** Runs one host call: what it gives becomes the payload, what it refuses a code with the message as payload. */
  #answer(action: (call: GuestCall) => unknown): number {
    this.#payload = null;
    try {
      if (this.#call === null)
        throw new Refusal(code.notAllowed, "there is no call: `describe` has no host but `result`");
      const given = action(this.#call);
      if (typeof given !== "string") return 0;
      this.#payload = encode(given);
      return this.#payload.byteLength;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#refuse(error.code, error.message);
    }
  }

  #refuse(number: number, message: string): number {
    this.#payload = encode(encodable(message));
    return number;
  }

  /** Begins a host operation and gives the promise that the guest is suspended on. */
  #wait(issue: (call: GuestCall, settled: (outcome: OpOutcome) => void) => number | null): number | Promise<number> {
    let resolve: (number: number) => void = () => {};
    let pending = false;
    const refused = this.#answer((call) => {
      pending = issue(call, (outcome) => resolve(this.#outcome(outcome))) !== null;
    });
    if (!pending) return refused;
    return new Promise<number>((fulfil) => {
      resolve = fulfil;
    });
  }

  #outcome(outcome: OpOutcome): number {
    switch (outcome.kind) {
      case "slept":
        return 0;
      case "refused":
        return this.#refuse(outcome.code, outcome.message);
      case "response":
        this.#payload = responsePayload(outcome.head, new Uint8Array(outcome.body));
        return this.#payload.byteLength;
    }
  }
}
