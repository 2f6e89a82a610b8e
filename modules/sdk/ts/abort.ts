/**
 * Aborting a fetch, as the DOM standard has it: a guest finds no `AbortController` in its scope, so the SDK brings one.
 * Nothing here touches the host until a fetch takes the signal.
 */
import { ABORTED, type Host } from "./abi.ts";
import { EvenlaneError } from "./errors.ts";

/** What a listener of a signal is given. */
export interface AbortEvent {
  readonly type: "abort";
  readonly target: AbortSignal;
}

/** What is called when a signal is aborted. */
export type AbortListener = (event: AbortEvent) => unknown;

/** Whether a listener is removed after its call. */
export interface AbortListenerOptions {
  readonly once?: boolean;
}

/** The reason of a signal that is aborted without one. As the DOM's, its name is `AbortError`. */
export class AbortError extends EvenlaneError {
  constructor(message = "the operation was aborted") {
    super(ABORTED, message);
    this.name = "AbortError";
  }
}

let create: () => AbortSignal;
let abort: (signal: AbortSignal, reason: unknown) => void;
let follow: (signal: AbortSignal, step: () => void) => () => void;

/** Tells those that hold it that what it was given to is to be aborted. */
export class AbortSignal {
  #aborted = false;
  #reason: unknown;
  /** What the SDK does where the signal is aborted, before any listener is called. */
  readonly #steps = new Set<() => void>();
  readonly #listeners = new Map<AbortListener, boolean>();
  /** A listener that is set instead of added. */
  onabort: AbortListener | null = null;

  static {
    create = () => new AbortSignal();
    abort = (signal, reason) => signal.#abort(reason);
    follow = (signal, step) => {
      signal.#steps.add(step);
      return () => signal.#steps.delete(step);
    };
  }

  /** A signal that is aborted already. */
  static abort(reason?: unknown): AbortSignal {
    const signal = create();
    abort(signal, reason);
    return signal;
  }

  /** A signal that is aborted as soon as one of these is, with its reason. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    const signal = create();
    const first = sources.find(({ aborted }) => aborted);
    if (first !== undefined) {
      abort(signal, first.reason);
      return signal;
    }
    for (const source of sources) follow(source, () => abort(signal, source.reason));
    return signal;
  }

  /** Whether it was aborted. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Why it was aborted: what `abort` was given, else an AbortError; undefined before. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Throws the reason where it was aborted. */
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** Calls a listener when the signal is aborted. One that was added already is not added again. */
  addEventListener(_type: "abort", listener: AbortListener, options: AbortListenerOptions = {}): void {
    if (!this.#listeners.has(listener)) this.#listeners.set(listener, options.once === true);
  }

  /** Takes a listener away. */
  removeEventListener(_type: "abort", listener: AbortListener): void {
    this.#listeners.delete(listener);
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? new AbortError() : reason;
    const steps = [...this.#steps];
    this.#steps.clear();
    for (const step of steps) step();
    const event: AbortEvent = { type: "abort", target: this };
    if (this.onabort !== null) report(this.onabort, event);
    for (const [listener, once] of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue;
      if (once) this.#listeners.delete(listener);
      report(listener, event);
    }
  }
}

/** As the DOM has it, what a listener throws stops neither the others nor `abort`; it is reported, as a rejection that nobody handles. */
function report(listener: AbortListener, event: AbortEvent): void {
  try {
    listener.call(event.target, event);
  } catch (error) {
    void Promise.reject(error);
  }
}

/** Aborts what its signal was given to. */
export class AbortController {
  /** The signal, to be given to fetches. */
  readonly signal: AbortSignal = create();

  /** Aborts, once. The fetches that have the signal and are pending reject with the reason, and so do later ones. */
  abort(reason?: unknown): void {
    abort(this.signal, reason);
  }
}

/** The signals of one call's fetches, by the numbers under which its host knows them. */
export class Signals {
  readonly #host: Host;
  readonly #numbers = new Map<AbortSignal, number>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Tells the host of the signal's abort until `release` is called, also where it happened before. */
  hold(signal: AbortSignal): { readonly number: number; readonly release: () => void } {
    const known = this.#numbers.get(signal);
    const number = known ?? this.#numbers.size + 1;
    if (known === undefined) this.#numbers.set(signal, number);
    // A code means that the call has ended, and its fetches with it.
    const step = () => void this.#host.abortFetch(number);
    if (!signal.aborted) return { number, release: follow(signal, step) };
    step();
    return { number, release: () => {} };
  }
}
