/** Calls and connections, as the supervisor knows them. */
import type { Json } from "../guest/canonical.ts";
import type { RpcError } from "../protocol/errors.ts";
import type { CallSpec, Ended } from "../worker/messages.ts";
import type { Code } from "./code.ts";

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

/** A call as it is submitted. */
export interface Submission {
  /** The name that the kit chose; null for a call that this host makes itself. */
  readonly name: string | null;
  readonly function: string;
  readonly args: { readonly [name: string]: Json };
  readonly connection: Connection | null;
  /** Whether it stops at its points, on the blocking path. */
  readonly park: boolean;
  readonly done: Call["done"];
  readonly refuse: Call["refuse"];
  /** Whether it is one of those that the operator bounds while they wait to begin. */
  readonly queues: boolean;
}

/** A call in flight. */
export interface Call {
  /** What it is by its code: an update may make another kind of call of one that waits. */
  spec: CallSpec;
  /** The code that it was checked against last; once it has begun, that which it runs. */
  code: Code;
  readonly connection: Connection | null;
  /** Tells the caller how it ended. */
  readonly done: (end: CallEnd) => void;
  /** Tells the caller that its connection was refused before the call began. */
  readonly refuse: ((error: RpcError) => void) | null;
  /** Whether it is one of those that the operator bounds while they wait to begin. */
  readonly queues: boolean;
}
