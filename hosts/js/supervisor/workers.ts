/** The Workers of a module: how they are started, loaded and dismissed. */
import type { Limits } from "../limits.ts";
import type { FromWorker, WorkerStart } from "../worker/messages.ts";
import type { Code } from "./code.ts";
import { GuestWorker, type GuestWorkerEvents, type Surroundings } from "./guest-worker.ts";
import { Loading } from "./loading.ts";
import type { FetchCounts } from "./operations.ts";

/** The messages of a Worker about its loading. */
type LoadingMessage = Parameters<Loading["message"]>[0];

/** What every Worker of a module is started with. */
export type SharedStart = Omit<WorkerStart, "role" | "program" | "owner" | "now" | "control" | "port">;

/** Starts them. */
export class Workers {
  readonly #shared: SharedStart;
  readonly #surroundings: Surroundings;
  readonly #limits: Limits;
  readonly #counts: FetchCounts;
  readonly #loading = new Map<GuestWorker, Loading>();
  readonly #living = new Set<GuestWorker>();
  readonly #leaving = new Set<Promise<void>>();
  #nextOwner: number;

  /** `firstOwner` is the first of their owner numbers of the transaction lock. */
  constructor(
    shared: SharedStart,
    surroundings: Surroundings,
    limits: Limits,
    counts: FetchCounts,
    firstOwner: number,
  ) {
    this.#shared = shared;
    this.#surroundings = surroundings;
    this.#limits = limits;
    this.#counts = counts;
    this.#nextOwner = firstOwner;
  }

  /** Starts a Worker, which begins to load the program. */
  start(role: WorkerStart["role"], program: WorkerStart["program"], events: GuestWorkerEvents): GuestWorker {
    const owner = this.#nextOwner;
    this.#nextOwner += 1;
    const start = { ...this.#shared, role, program, owner, now: this.#surroundings.clock.now() };
    const worker = new GuestWorker(start, this.#surroundings, this.#limits, this.#counts, {
      ...events,
      gone: (loss) => {
        this.#living.delete(worker);
        this.#loading.get(worker)?.gone(loss);
        this.#loading.delete(worker);
        events.gone(loss);
      },
    });
    this.#living.add(worker);
    this.#loading.set(worker, new Loading(worker));
    return worker;
  }

  /** The description's text of a Worker that was just started. Rejects with a `LoadFailure`. */
  described(worker: GuestWorker): Promise<string> {
    return this.#loadingOf(worker).described;
  }

  /** Opens the store for a guest that has described itself: its turns may begin. Rejects with a `LoadFailure`. */
  async open(worker: GuestWorker, { tables, description }: Code): Promise<void> {
    await this.#loadingOf(worker).open(tables, description.functions);
    this.#loading.delete(worker);
  }

  /** Loads a guest, whose description is known, into a Worker that was just started. Rejects with a `LoadFailure`. */
  async prepare(worker: GuestWorker, code: Code): Promise<void> {
    await this.described(worker);
    await this.open(worker, code);
  }

  /** Takes what a Worker says about its loading. */
  message(worker: GuestWorker, message: Extract<FromWorker, LoadingMessage>): void {
    this.#loading.get(worker)?.message(message);
  }

  /** Ends a Worker without a word; its loading, where it is not over, fails. */
  dismiss(worker: GuestWorker): void {
    if (!this.#living.delete(worker)) return;
    const leaving = worker.dismiss();
    this.#leaving.add(leaving);
    void leaving.then(() => this.#leaving.delete(leaving));
    this.#loading.get(worker)?.gone({ category: "lane-lost", message: "the Worker was dismissed" });
    this.#loading.delete(worker);
  }

  /** Ends all Workers without a word; settles when their threads are gone. */
  async close(): Promise<void> {
    for (const worker of [...this.#living]) this.dismiss(worker);
    await Promise.all(this.#leaving);
  }

  #loadingOf(worker: GuestWorker): Loading {
    const loading = this.#loading.get(worker);
    if (loading === undefined) throw new Error("the Worker is not being loaded");
    return loading;
  }
}
