/** The calls of a module that are in flight, queued ones included, and what is to become of their commits. */

import type { Failure } from "../guest/codes.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import { Failpoints, mostArmed } from "../store/failpoints.ts";
import type { Store } from "../store/snapshot.ts";
import type { Call, CallEnd } from "./calls.ts";
import type { Loss } from "./guest-worker.ts";

/** Calls by number and by name. Each ends once. */
export class CallBook {
  readonly failpoints = new Failpoints();
  readonly #calls = new Map<number, Call>();
  /** The kit's, by the names that it chose. */
  readonly #named = new Map<string, Call>();
  readonly #store: Store;
  readonly #over: (call: Call) => void;
  #last = -1;

  /** `over` is told of each call that is not in flight any more, before its caller is. */
  constructor(store: Store, over: (call: Call) => void) {
    this.#store = store;
    this.#over = over;
  }

  /** Calls in flight. */
  get size(): number {
    return this.#calls.size;
  }

  /** The next call's number. `name` is the kit's; null for a call that this host makes itself. */
  number(name: string | null): number {
    this.#last += 1;
    if (name !== null) this.failpoints.submitted(name, this.#last);
    return this.#last;
  }

  /** Adds a call that has been submitted. */
  add(call: Call, name: string | null): void {
    this.#calls.set(call.spec.n, call);
    if (name !== null) this.#named.set(name, call);
  }

  /** Whether the call has not ended. */
  has(call: Call): boolean {
    return this.#calls.has(call.spec.n);
  }

  /** The call of that number, where it is in flight. */
  numbered(n: number): Call | undefined {
    return this.#calls.get(n);
  }

  /** The kit's call of that name, where one is in flight. */
  named(name: string): Call | undefined {
    return this.#named.get(name);
  }

  /** Ends a call; one that has ended stays as it is. */
  end(n: number, end: CallEnd): void {
    const call = this.#calls.get(n);
    if (call === undefined) return;
    this.forget(call);
    call.done(end);
  }

  /** Ends a call, from outside, as failed; what it has committed stays. */
  cut(call: Call, outcome: Failure): void {
    const { n } = call.spec;
    this.end(n, { outcome, seqs: this.#store.commitsOf(n) });
  }

  /** Ends the calls of a Worker that is gone: `culprit`, whose turn was running, as what was wrong with it, and `others` as `lane-lost`. */
  lost(culprit: Call | null, others: readonly Call[], { category, message }: Loss): void {
    const all = culprit === null || others.includes(culprit) ? others : [culprit, ...others];
    for (const call of all) {
      if (call === culprit) {
        this.cut(call, { category, message });
        continue;
      }
      const seqs = this.#store.commitsOf(call.spec.n);
      const done = seqs.length === 0 ? "it had committed nothing" : `it had committed ${seqs.join(", ")}`;
      const text = `the lane had to be rebuilt (${message}); ${done}, and may be tried again`;
      this.end(call.spec.n, { outcome: { category: "lane-lost", message: text }, seqs });
    }
  }

  /** Ends the calls of a module that is shut down. */
  shutDown(): void {
    const message = "the module was shut down while the call was in flight";
    const all = [...this.#calls.values()];
    for (const call of all) this.forget(call);
    for (const call of all) {
      call.done({ outcome: { category: "shutdown", message }, seqs: this.#store.commitsOf(call.spec.n) });
    }
  }

  /**
   * Whether a call that is about to begin may: it has not ended, and its connection was not refused. One whose connection was is
   * answered with that.
   */
  admits(call: Call): boolean {
    if (!this.has(call)) return false;
    const { connection, refuse } = call;
    if (connection?.state !== "refused") return true;
    this.forget(call);
    // A connection that `connected` has refused has nothing to disconnect.
    if (refuse === null) call.done({ outcome: { value: "null" }, seqs: [] });
    else {
      const message = `connection ${JSON.stringify(connection.name)} was refused by \`connected\``;
      refuse(new RpcError(rpcCode.unknownName, message));
    }
    return false;
  }

  /** Removes a call, whose end is told by whoever asks for this. */
  forget(call: Call): void {
    const { n, name } = call.spec;
    this.#calls.delete(n);
    this.failpoints.ended(n);
    if (this.#named.get(name) === call) this.#named.delete(name);
    this.#over(call);
  }

  /** Lets the next commits of the call of that name conflict, be it submitted already or not. */
  failCommits(name: string, commits: number): void {
    if (this.failpoints.full) {
      const message = `store/fail: ${mostArmed} calls of the module are armed; let some of them end first`;
      throw new RpcError(rpcCode.notNow, message);
    }
    const call = this.#named.get(name);
    if (call === undefined) this.failpoints.await(name, commits);
    else this.failpoints.arm(call.spec.n, commits);
  }
}
