import type { ModelCall } from "./call.ts";
import { identityOf, randomOf, Uuids } from "./seeded.ts";

/** What a call knows of itself, and may ask for in its transactions. */
export interface Context {
  /** The connection in whose name it runs; null where there is none. */
  readonly connection: string | null;
  /** The identity of its caller; open where the run's seed is not known. */
  readonly sender: unknown;
  /** What the clock showed when its first turn began, in ms since the epoch. */
  readonly timestamp: number;
  /** The next of its random numbers, from 0 to below 1; open where the run's seed is not known. */
  random(): unknown;
  /** The module's next UUID; open where the run's seed is not known. */
  uuid(): unknown;
}

/** The contexts of a module's calls. */
export class Contexts {
  readonly #seed: string | undefined;
  readonly #module: string;
  readonly #now: () => number;
  readonly #uuids: Uuids;

  /**
   * Of the module of that name, where the run's seed is known; `now` is what its clock shows, in ms since the epoch, and `loads` how often its tables were
   * loaded before.
   */
  constructor(seed: string | undefined, module: string, now: () => number, loads: number) {
    this.#seed = seed;
    this.#module = module;
    this.#now = now;
    this.#uuids = new Uuids(seed, loads);
  }

  /** The context of a call, always the same one. */
  of(call: ModelCall): Context {
    const { connection, name } = call.new;
    call.context ??= {
      connection,
      sender: identityOf(this.#seed, this.#module, connection),
      random: randomOf(this.#seed, call.number),
      uuid: () => this.#uuids.next(this.#now()),
      get timestamp() {
        if (call.began === undefined) throw new Error(`${name} has not begun: its time is not known yet`);
        return call.began;
      },
    };
    return call.context;
  }
}
