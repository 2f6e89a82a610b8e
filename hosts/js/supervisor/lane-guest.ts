/** The lane's guests, by the code that they run: after an update that of the code before stays until its calls have ended. */
import type { Call } from "./calls.ts";
import type { Code } from "./code.ts";
import type { GuestWorker } from "./guest-worker.ts";

/** A guest of the lane. */
export interface LaneGuest {
  worker: GuestWorker;
  /** What it runs; null until that is known and in force. */
  code: Code | null;
  /** Whether turns of it may begin: it is neither lost nor being loaded again. */
  loaded: boolean;
  instances: number;
  /** Calls that have begun in it and not ended. */
  readonly begun: Map<number, Call>;
}

/** The guests of one lane. */
export class LaneGuests {
  readonly #guests = new Map<Code, LaneGuest>();
  #current: LaneGuest | null = null;

  /** The guest in which calls begin; null before the first is there. */
  get current(): LaneGuest | null {
    return this.#current;
  }

  /** Guest instances that exist. */
  get instances(): number {
    return [...this.#guests.values()].reduce((sum, { instances }) => sum + instances, 0);
  }

  /** Lets calls begin in that guest. */
  install(guest: LaneGuest, code: Code): void {
    guest.code = code;
    guest.loaded = true;
    guest.instances = 1;
    this.#guests.set(code, guest);
    this.#current = guest;
  }

  /** The guest that runs a call which has begun, or begins now. */
  of(call: Call): LaneGuest {
    const guest = this.#guests.get(call.code);
    if (guest === undefined) throw new Error("a guest is kept while a call of it is in flight");
    return guest;
  }

  /** Whether the call has begun and not ended. */
  begun(call: Call): boolean {
    return this.#guests.get(call.code)?.begun.has(call.spec.n) === true;
  }

  /** Removes a guest. */
  remove(guest: LaneGuest): void {
    if (guest.code !== null) this.#guests.delete(guest.code);
  }

  /** Removes and gives the guests in which no call begins any more, none is left, and no turn is `running`. */
  takeUnused(running: LaneGuest | null): LaneGuest[] {
    const unused = [...this.#guests.values()].filter(
      (guest) => guest !== this.#current && guest !== running && guest.loaded && guest.begun.size === 0,
    );
    for (const guest of unused) this.remove(guest);
    return unused;
  }
}
