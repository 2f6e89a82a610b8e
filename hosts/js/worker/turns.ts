/**
 * The turns of one Worker. A turn is one call into the guest and the microtasks that follow from it; it is over at the next
 * macrotask, and only then is the supervisor told and can the next one begin.
 */
import { GuestCall } from "./guest-call.ts";
import type { CallSpec, Ended, OpOutcome } from "./messages.ts";
import { outcomeOf, refusalOf } from "./outcome.ts";
import type { Program, Settled } from "./program.ts";
import type { Runtime } from "./runtime.ts";

/** Runs turns and reports how their calls ended. */
export class Turns {
  readonly #runtime: Runtime;
  readonly #program: Program;
  readonly #atMacrotask: (callback: () => void) => unknown;
  readonly #calls = new Map<number, GuestCall>();
  #ended: Ended[] = [];

  /** `atMacrotask` calls back once the microtasks are drained. */
  constructor(runtime: Runtime, program: Program, atMacrotask: (callback: () => void) => unknown) {
    this.#runtime = runtime;
    this.#program = program;
    this.#atMacrotask = atMacrotask;
  }

  /** Runs a reducer or hook from begin to end, or the first turn of a procedure. */
  run(spec: CallSpec, now: number | null): void {
    this.#runtime.setNow(now);
    const call = new GuestCall(spec, this.#runtime);
    this.#begin(call);
    this.#calls.set(spec.n, call);
    if (call.reduces) this.#runtime.beginReserved(call);
    this.#program.run(call, (settled) => this.#settle(call, settled));
  }

  /** Hands a settled operation to its call; the call may be gone, then the turn is empty. */
  resume(n: number, op: number, outcome: OpOutcome, now: number | null): void {
    this.#runtime.setNow(now);
    const call = this.#calls.get(n) ?? null;
    this.#begin(call);
    call?.settle(op, outcome);
  }

  /** Forgets a call that has ended for its caller while it was held: nothing resumes its guest any more. */
  forget(n: number): void {
    const call = this.#calls.get(n);
    if (call !== undefined) {
      this.#calls.delete(n);
      call.close();
      this.#program.discard(call);
    }
    this.#runtime.post({ t: "forgotten", instances: this.#program.instances() });
  }

  #begin(call: GuestCall | null): void {
    this.#runtime.current = call;
    this.#atMacrotask(() => this.#end());
  }

  #end(): void {
    this.#runtime.tidy();
    const call = this.#runtime.current;
    if (call !== null && this.#calls.has(call.spec.n)) {
      if (call.undo()) call.report("error", "the call yielded with a transaction open; it was undone");
      if (!call.waits) {
        const message = "no host operation is pending and the call's promise is not settled: it can never end";
        this.#finish(call, { category: "stalled", message });
        this.#program.discard(call);
      }
    }
    this.#runtime.current = null;
    const ended = this.#ended;
    this.#ended = [];
    this.#runtime.post({ t: "done", ended, instances: this.#program.instances() });
  }

  #settle(call: GuestCall, settled: Settled): void {
    if (!this.#calls.has(call.spec.n)) return;
    const outcome = outcomeOf(call, settled);
    this.#finish(call, call.reduces && "value" in outcome ? committed(call, outcome) : outcome);
  }

  #finish(call: GuestCall, outcome: Ended["outcome"]): void {
    this.#calls.delete(call.spec.n);
    const open = call.close();
    if (open && !call.reduces && !this.#runtime.control.cancelled) {
      call.report("error", "the call ended with a transaction open; it was undone");
    }
    this.#ended.push({ n: call.spec.n, outcome, seqs: call.seqs });
  }
}

/** The outcome of a reducer or hook that has not failed, once it was committed. */
function committed(call: GuestCall, outcome: Ended["outcome"]): Ended["outcome"] {
  try {
    call.commitReducer();
    return outcome;
  } catch (error) {
    return refusalOf(error);
  }
}
