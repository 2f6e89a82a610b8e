import type { ModelCall } from "./call.ts";

/** What a call knows of itself, and may ask for in its transactions. */
export interface Context {
  /** The connection in whose name it runs; null where there is none. */
  readonly connection: string | null;
  /** The identity of its caller; open where the run's seed is not known. */
  readonly sender: unknown;
  /** What the clock showed when its first turn began, in ms since the epoch. What is run ahead of that cannot ask. */
  readonly timestamp: number;
  /** The module's next UUID. Outside of a transaction a procedure asks for it by an effect. */
  uuid(): unknown;
  /** The call's next random number; open where the run's seed is not known. */
  random(): unknown;
}

/** The context of a call. */
export function contextOf(call: ModelCall, sender: unknown, uuid: () => unknown, random: () => unknown): Context {
  return {
    connection: call.new.connection,
    sender,
    uuid,
    random,
    get timestamp() {
      if (call.began === undefined) throw new Error(`${call.new.name} has not begun: its time is not known yet`);
      return call.began;
    },
  };
}
