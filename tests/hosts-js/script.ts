/** The conformance module `script`, whose calls do what a test hands over. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CallResult, TestHost } from "./host.ts";

/** Source or bytes of the compiled module. */
export function scriptModule(guest: "ts" | "as"): Uint8Array {
  const file = guest === "ts" ? "script.js" : "script.wasm";
  return readFileSync(fileURLToPath(new URL(`../../build/modules/${file}`, import.meta.url)));
}

/** Calls of the module, by name. */
export class Script {
  readonly #host: TestHost;

  constructor(host: TestHost) {
    this.#host = host;
  }

  /** Runs the operations as a reducer. */
  run(call: string, ...ops: unknown[]): Promise<CallResult> {
    return this.#host.call("run", { ops }, { call });
  }

  /** Does the steps on the lane. */
  play(call: string, ...steps: unknown[]): Promise<CallResult> {
    return this.#host.call("play", { steps }, { call });
  }

  /** Does the steps on the blocking path, and stops at its points where that is asked for. */
  block(call: string, steps: unknown[], { park = false } = {}): Promise<CallResult> {
    return this.#host.call("playBlocking", { steps }, { call, park });
  }
}

/** What is expected of a call that was cancelled. */
export function cancelledWith(...seqs: number[]) {
  return { outcome: "failed", error: { category: "cancelled" }, seqs };
}
