/** The calls of a module that are in flight, queued ones included, and what is to become of their commits. */
import { RpcError, rpcCode } from "../protocol/errors.ts";
import { Failpoints, mostArmed } from "../store/failpoints.ts";
import type { Call, CallEnd } from "./calls.ts";

/** Calls by number and by name. Each ends once. */
export class CallBook {
  readonly failpoints = new Failpoints();
  readonly #calls = new Map<number, Call>();
  /** The kit's, by the names that it chose. */
  readonly #named = new Map<string, Call>();
  #last = -1;

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

  /** Removes a call, whose end is told by whoever asks for this. */
  forget(call: Call): void {
    const { n, name } = call.spec;
    this.#calls.delete(n);
    this.failpoints.ended(n);
    if (this.#named.get(name) === call) this.#named.delete(name);
  }

  /** Removes and gives all calls. */
  drain(): Call[] {
    const all = [...this.#calls.values()];
    for (const call of all) this.forget(call);
    return all;
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
