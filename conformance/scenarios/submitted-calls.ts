import type { CallResult } from "../protocol/schemas.ts";
import type { Args, SubmitOptions, Submitted } from "./connection.ts";
import { show } from "./expect.ts";
import type { ModuleClient } from "./module-client.ts";
import { Violation } from "./violation.ts";

/** The calls of a module that a scenario submits, and how they end. */
export class SubmittedCalls {
  readonly #client: ModuleClient;
  readonly #inFlight = new Set<Submitted>();

  constructor(client: ModuleClient) {
    this.#client = client;
  }

  /** Submits a call on a connection and does not wait for it. */
  submit(connection: string, name: string, args: Args, options: SubmitOptions): Submitted {
    const { host, setting } = this.#client;
    const call = options.name ?? setting.freshName("c");
    const park = options.park === true && { park: true as const };
    this.#client.add({ kind: "submit", call, connection, function: name, args, ...park });
    const submitted: { -readonly [K in keyof Submitted]: Submitted[K] } = {
      call,
      function: name,
      ended: undefined,
      result: host.call({ call, connection, function: name, args, ...park }).then((result) => {
        this.#client.add({ kind: "result", call, result });
        submitted.ended = result;
        this.#inFlight.delete(submitted);
        return result;
      }),
    };
    submitted.result.catch(() => {});
    this.#inFlight.add(submitted);
    return submitted;
  }

  /** The call's result, however it ended. */
  result(call: Submitted): Promise<CallResult> {
    return this.#client.until(call.result, `the result of ${call.call} (${call.function})`);
  }

  /** The value of a call that must succeed. */
  async returned(call: Submitted): Promise<unknown> {
    const result = await this.result(call);
    if (result.outcome === "failed") {
      const { category, message } = result.error;
      throw new Violation("call-failed", `${call.call} (${call.function}) failed as ${category}: ${message}`);
    }
    return result.value;
  }

  /** The error of a call that must fail. */
  async failed(call: Submitted): Promise<{ category: string; message: string; function: string }> {
    const result = await this.result(call);
    if (result.outcome === "returned") {
      throw new Violation("call-succeeded", `${call.call} (${call.function}) returned ${show(result.value)}`);
    }
    return result.error;
  }

  /** Rejects where a call that is in flight now fails; never resolves. */
  firstFailure(during: string): Promise<never> {
    return new Promise((_, reject) => {
      for (const call of this.#inFlight) {
        call.result.then((result) => {
          if (result.outcome === "failed") {
            const { category, message } = result.error;
            const text = `${call.call} (${call.function}) failed as ${category} while ${during}: ${message}`;
            reject(new Violation("call-failed", text));
          }
        }, reject);
      }
    });
  }

  /** Whether a call stands still at a point. */
  isParked(call: Submitted): boolean {
    const last = this.#client.setting.history.events.findLast(
      (event) => (event.kind === "parked" || event.kind === "continue") && event.call === call.call,
    );
    return last?.kind === "parked";
  }

  /** Ends a call. */
  async cancel({ call }: Submitted): Promise<void> {
    this.#client.add({ kind: "cancel", call });
    await this.#client.until(this.#client.host.request("call/cancel", { call }), `${call} to be cancelled`);
  }

  /** Lets a parked call go on. */
  async goOn({ call }: Submitted): Promise<void> {
    const { host, id } = this.#client;
    this.#client.add({ kind: "continue", call });
    await this.#client.until(host.request("tx/continue", { module: id, call }), `${call} to go on`);
  }

  /** Makes the next commits of a call conflict that is submitted later, under the name that this gives. */
  async failCommits(commits: number): Promise<string> {
    const { host, id, setting } = this.#client;
    const call = setting.freshName("c");
    this.#client.add({ kind: "fail-commits", call, commits });
    await this.#client.until(
      host.request("store/fail", { module: id, call, commits }),
      "the store to take its failpoint",
    );
    return call;
  }
}
