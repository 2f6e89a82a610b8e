import type { ModelCall } from "./call.ts";

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

/** The context of a call. `random` draws its numbers, `uuid` is the module's. */
export function contextOf(
  call: ModelCall,
  { sender, random, uuid }: Pick<Context, "sender" | "random" | "uuid">,
): Context {
  return {
    connection: call.new.connection,
    sender,
    random,
    uuid,
    get timestamp() {
      if (call.began === undefined) throw new Error(`${call.new.name} has not begun: its time is not known yet`);
      return call.began;
    },
  };
}
