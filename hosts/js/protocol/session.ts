/** One session of the host protocol: reads requests, answers each once. */
import { issues } from "../guest/description.ts";
import { RpcError, rpcCode } from "./errors.ts";
import type { Output } from "./output.ts";
import { type Method, params, requestFrame } from "./params.ts";

/** Answers of the methods: JSON text, or a value to print, now or later. */
export type Handlers = { readonly [M in Method]: (params: never) => Answer | Promise<Answer> };
/** A result: JSON text that is ready, or a value to print. */
export type Answer = { readonly json: string } | { readonly value: unknown };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Takes lines and gives frames. */
export class Session {
  readonly #output: Output;
  readonly #handlers: Handlers;
  #initialized = false;
  #ending = false;

  constructor(output: Output, handlers: Handlers) {
    this.#output = output;
    this.#handlers = handlers;
  }

  /** Takes one line. What it asks for is submitted before this returns, so that lines are submitted in their order. */
  line(bytes: Uint8Array): void {
    let id: number | string | null = null;
    try {
      const request = this.#read(bytes, (found) => {
        id = found;
      });
      const answer = this.#dispatch(request.method, request.params);
      const asked = request.id;
      if (answer instanceof Promise) {
        answer.then(
          (given) => this.#answer(asked, given),
          (error) => this.#refuse(asked, error),
        );
      } else this.#answer(asked, answer);
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** Takes no request from here on but what it has taken. */
  end(): void {
    this.#ending = true;
  }

  /** Sends a line of the log. */
  log(module: string, call: string | null, level: string, message: string): void {
    this.#notify("log", { module, call, level, message });
  }

  /** Sends that a call stands at a point. */
  parked(module: string, call: string, point: string): void {
    this.#notify("tx/parked", { module, call, point });
  }

  /** Sends what a commit changed in a table that is subscribed to; `changes` is JSON. */
  changed(subscription: string, seq: number, changes: string): void {
    const parameters = `{"subscription":${JSON.stringify(subscription)},"seq":${seq},"changes":${changes}}`;
    this.#output.frame(`{"jsonrpc":"2.0","method":"table/changed","params":${parameters}}`);
  }

  #notify(method: string, parameters: object): void {
    this.#output.frame(JSON.stringify({ jsonrpc: "2.0", method, params: parameters }));
  }

  #read(bytes: Uint8Array, identified: (id: number | string) => void) {
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch {
      throw new RpcError(rpcCode.parseError, "the line is not JSON in UTF-8; send one JSON-RPC request a line");
    }
    if (typeof value === "object" && value !== null && "id" in value) {
      const { id } = value;
      if (typeof id === "number" || typeof id === "string") identified(id);
    }
    const read = requestFrame.safeParse(value);
    if (!read.success) throw new RpcError(rpcCode.invalidRequest, `not a JSON-RPC request: ${issues(read.error)}`);
    return read.data;
  }

  #dispatch(method: string, given: unknown): Answer | Promise<Answer> {
    if (this.#ending) throw new RpcError(rpcCode.notNow, `${method}: the host is shutting down`);
    if (!Object.hasOwn(params, method)) {
      const known = Object.keys(params).join(", ");
      throw new RpcError(rpcCode.unknownMethod, `unknown method ${JSON.stringify(method)}; known are ${known}`);
    }
    const name = method as Method;
    if (this.#initialized === (name === "initialize")) {
      const problem = this.#initialized ? "a second `initialize`" : `${name} before \`initialize\``;
      throw new RpcError(rpcCode.notNow, `${problem}: a session begins with one \`initialize\``);
    }
    const read = params[name].safeParse(given ?? {});
    if (!read.success) throw new RpcError(rpcCode.invalidParams, `${name}: ${issues(read.error)}`);
    if (name === "initialize") this.#initialized = true;
    return this.#handlers[name](read.data as never);
  }

  #answer(id: number | string, answer: Answer): void {
    const result = "json" in answer ? answer.json : JSON.stringify(answer.value);
    this.#output.frame(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
  }

  #refuse(id: number | string | null, error: unknown): void {
    if (!(error instanceof RpcError)) throw error;
    const { code, message, data } = error;
    this.#output.frame(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: message.toWellFormed(), data } }));
  }
}
