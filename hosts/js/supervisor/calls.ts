/** Calls and connections, as the supervisor knows them. */
import type { RpcError } from "../protocol/errors.ts";
import type { CallSpec, Ended } from "../worker/messages.ts";

/** How a call ended, with the `seq` of each transaction that it committed. */
export interface CallEnd {
  readonly outcome: Ended["outcome"];
  readonly seqs: readonly number[];
}

/** A connection of a module. */
export interface Connection {
  readonly name: string;
  readonly identity: string;
  /** `opening` until `connected` has committed; `refused` where it failed; `closing` from `connection/close` on. */
  state: "opening" | "open" | "refused" | "closing";
  /** What waits for `connected` to end and does not go through the lane's queue. */
  readonly waiting: (() => void)[];
}

/** A call in flight. */
export interface Call {
  readonly spec: CallSpec;
  readonly connection: Connection | null;
  /** Tells the caller how it ended. */
  readonly done: (end: CallEnd) => void;
  /** Tells the caller that its connection was refused before the call began. */
  readonly refuse: ((error: RpcError) => void) | null;
}
