import { deferred } from "../origin/deferred.ts";
import { type Gate, GateError, type Reply } from "../origin/gated-origin.ts";
import type { Submitted } from "./connection.ts";
import { expectThat } from "./expect.ts";
import type { ModuleClient } from "./module-client.ts";
import { Unmeasured, Violation } from "./violation.ts";

/** Milliseconds after which the kit asks whether what has not come can still come. No verdict depends on it. */
const askAfter = 250;

/** The fetches of a module that the origin holds, how they end, and what the host says of itself when no more can come. */
export class HeldFetches {
  readonly #client: ModuleClient;
  readonly #held = new Set<Gate>();
  #outcomes: number;

  constructor(client: ModuleClient, outcomes: number) {
    this.#client = client;
    this.#outcomes = outcomes;
  }

  /** Outcomes that the kit has brought about. */
  get outcomes(): number {
    return this.#outcomes;
  }

  /**
   * Waits until the origin holds a request at each of these gates, unless `failed` rejects before. Where the host is quiet with fewer fetches in flight
   * than are wanted, no further arrival can come: that is `not-concurrent`.
   */
  async held(gates: readonly Gate[], failed: Promise<never>): Promise<void> {
    const wanted = new Set([...this.#held, ...gates]).size;
    const arrived = Promise.all(gates.map((gate) => gate.arrived));
    const results = this.#results();
    const refused = this.#quietWithFewerThan(wanted, gates, results.next);
    try {
      await this.#client.until(
        Promise.race([arrived, failed, refused]),
        `${gates.length === 1 ? `the request at ${gates[0]?.name}` : `${gates.length} requests to be held at once`}`,
      );
    } finally {
      results.end();
    }
    for (const gate of gates) this.#held.add(gate);
  }

  /** Waits for requests at these gates and for these results. Where the host is quiet without them, they cannot come. */
  async consequences(gates: readonly Gate[], calls: readonly Submitted[]): Promise<void> {
    for (const gate of gates) this.#held.add(gate);
    const fetches = this.#held.size;
    const all = Promise.all([...gates.map((gate) => gate.arrived), ...calls.map((call) => call.result)]);
    const asking = deferred<void>();
    const timer = setTimeout(asking.resolve, askAfter);
    const missing = asking.promise.then(() => this.#missing(fetches, calls));
    missing.catch(() => {});
    const awaited = [...gates.map((gate) => gate.name), ...calls.map((call) => `the result of ${call.call}`)];
    try {
      await this.#client.until(Promise.race([all, missing]), awaited.join(", "));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Releases a held response. */
  async release(gate: Gate, reply?: Partial<Reply>): Promise<void> {
    this.letGo(gate, "released");
    await this.#client.until(gate.release(reply), `the response of ${gate.name} to be sent`);
  }

  /**
   * Releases the response that a held call waits for. Where the call has ended already, or ends since its connection is closed, nothing is released: its result
   * tells more than that there is nobody to answer, and which of the two is seen first is chance.
   */
  async answer(gate: Gate, call: Submitted, reply?: Partial<Reply>): Promise<void> {
    if (call.ended !== undefined) return;
    if (gate.state !== "closed") {
      try {
        await this.release(gate, reply);
        return;
      } catch (error) {
        if (!(error instanceof GateError)) throw error;
      }
    }
    await this.consequences([], [call]);
    const isFailed = call.result.then(({ outcome }) => outcome === "failed");
    expectThat(
      await isFailed,
      "wrong-response",
      `${gate.name} is closed, and ${call.call} returned without its response`,
    );
  }

  /** A fetch ends by itself, not by what becomes of a gate. */
  endsByItself(): void {
    this.#outcomes += 1;
  }

  /** A held request is about to be ended so, by a deed of the gate's own. */
  letGo(gate: Gate, how: string): void {
    expectThat(gate.state === "held", "wrong-response", `${gate.name} is ${gate.state} and cannot be ${how}`);
    this.#forget(gate);
  }

  /** Releases a response that the host need not take whole. Gives whether it did. */
  async pour(gate: Gate, reply: Partial<Reply>): Promise<boolean> {
    this.letGo(gate, "ended");
    const taken = gate.release(reply).then(
      () => true,
      () => false,
    );
    return this.#client.until(taken, `the response of ${gate.name} to be sent or refused`);
  }

  /** Ends a held request without a whole response: by a TCP reset, or in order after half of the body. */
  async breakOff(gate: Gate, how: "reset" | "truncate"): Promise<void> {
    this.letGo(gate, "broken off");
    if (how === "reset") gate.reset();
    else {
      await this.#client.until(gate.begin({ body: "cut short" }, 3), `the first bytes of ${gate.name} to be sent`);
      gate.cut();
    }
  }

  /** Waits until the host has given up these held requests, if it must be told, by `tell`. */
  async givenUp(gates: readonly Gate[], tell?: () => Promise<void>): Promise<void> {
    for (const gate of gates) this.#forget(gate);
    await tell?.();
    for (const gate of gates) await this.#client.until(gate.closed, `the connection of ${gate.name} to be closed`);
  }

  /** Waits until the origin has seen every held request end whose host is gone: otherwise chance decides whether the history tells of it. */
  async lostWithHost(): Promise<void> {
    await this.givenUp([...this.#held].filter((gate) => gate.state === "held"));
  }

  /** Waits until the host has taken every outcome so far and nothing of the module can run. */
  async quiet(): Promise<void> {
    await this.#client.until(this.#quiesce(), "the host to be quiet");
  }

  /** Demands that no request came to these gates, once the host has nothing left that could send one. */
  async neverArrived(gates: readonly Gate[]): Promise<void> {
    if (!this.#client.tellsQuiet) {
      throw new Unmeasured("absence is shown by quiesce, which this host does not declare");
    }
    const inFlight = await this.#client.until(this.#quiesce(), "the host to be quiet");
    // More than are held: one is under way, and the origin has not seen it yet.
    if (inFlight > this.#held.size) {
      const arrived = Promise.race(gates.map((gate) => gate.arrived));
      await this.#client.until(
        arrived,
        `a request that the host counts as in flight, beside the ${this.#held.size} held`,
      );
    }
    for (const gate of gates) {
      expectThat(gate.state === "waiting", "unexpected-arrival", `a request came to ${gate.name}`);
    }
  }

  #forget(gate: Gate): void {
    this.#held.delete(gate);
    this.#outcomes += 1;
  }

  async #quiesce(when: { readonly late?: true } = {}): Promise<number> {
    const { host, id, name: module, setting } = this.#client;
    const quiet = setting.history.nextQuestion();
    const outcomes = this.#outcomes;
    this.#client.add({ kind: "quiesce", quiet, module, outcomes, ...when });
    const answer = await host.request("quiesce", { module: id, outcomes });
    this.#client.add({ kind: "quiet", quiet, module, ...answer });
    return answer.fetchesInFlight;
  }

  /** Asks the host whether it is quiet. When it is asked is of no matter, what it answers is. */
  async #missing(fetches: number, calls: readonly Submitted[]): Promise<never> {
    if (this.#client.tellsQuiet) {
      const inFlight = await this.#quiesce({ late: true });
      const unanswered = calls.filter((call) => call.ended === undefined);
      if (unanswered.length > 0) {
        const names = unanswered.map((call) => `${call.call} (${call.function})`).join(", ");
        throw new Violation("missing-result", `the host is quiet, and there is no result of ${names}`);
      }
      if (inFlight !== fetches) {
        throw new Violation("not-concurrent", `the host is quiet with ${inFlight} requests in flight, not ${fetches}`);
      }
    }
    return new Promise<never>(() => {});
  }

  /**
   * Rejects where the host is quiet with fewer fetches in flight than are wanted. It is asked again whenever a call has ended since: what that call was still to
   * send does not come any more.
   */
  async #quietWithFewerThan(wanted: number, gates: readonly Gate[], ended: () => Promise<void>): Promise<never> {
    if (!this.#client.tellsQuiet) return new Promise<never>(() => {});
    for (let when: { readonly late?: true } = {}; ; when = { late: true }) {
      const inFlight = await this.#quiesce(when);
      if (inFlight < wanted) {
        const late = gates.filter((gate) => gate.state === "waiting").map((gate) => gate.name);
        throw new Violation(
          "not-concurrent",
          `the host is quiet with ${inFlight} of ${wanted} requests in flight`,
          late.slice(0, 8).map((name) => `no request at ${name}`),
        );
      }
      await ended();
    }
  }

  /** The results of calls from now on until `end`: `next` waits for one that it has not told of yet, and for ever after the end. */
  #results(): { readonly next: () => Promise<void>; readonly end: () => void } {
    const { history } = this.#client.setting;
    let came = deferred<void>();
    const unlisten = history.onEvent(() => {
      if (history.events.at(-1)?.kind === "result") came.resolve();
    });
    const end = () => {
      unlisten();
      came = deferred<void>();
    };
    const next = async () => {
      await came.promise;
      came = deferred<void>();
    };
    return { next, end };
  }
}
