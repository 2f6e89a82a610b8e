import type { Hop } from "./egress.ts";
import type { Fiber } from "./fiber.ts";
import type { Program, Signal } from "./program.ts";

/** A call as it is submitted. */
export interface NewCall {
  readonly name: string;
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly connection: string;
  /** Whether it stops at the points of its transactions. */
  readonly park: boolean;
}

/** How the model says that a call ended. A message that is undefined is open. */
export type End =
  | { readonly outcome: "returned"; readonly value: unknown }
  | { readonly outcome: "failed"; readonly category: string; readonly message: string | undefined };

/** A call of the model. */
export class ModelCall {
  readonly new: NewCall;
  readonly program: Program | undefined;
  readonly path: "lane" | "pool";
  /** The `seq` of each transaction that it has committed. */
  readonly seqs: number[] = [];
  /** Fibers that ask for something that the host has not begun to do. */
  ready: Fiber[] = [];
  end: End | undefined;
  /** How it will end once the turn that is due to it runs. */
  coming: End | undefined;
  started = false;
  /** Submitted while the lane stood still, so that it is in the queue for certain. */
  certain = false;
  /** Commits of it that are still to conflict. */
  conflicts = 0;

  constructor(call: NewCall, program: Program | undefined, path: "lane" | "pool") {
    this.new = call;
    this.program = program;
    this.path = path;
  }

  /** Whether the next thing that it does is a transaction. */
  get wantsTransaction(): boolean {
    return this.program?.kind === "reducer" ? !this.started : this.ready.some((fiber) => fiber.next?.do === "tx");
  }
}

/** A fetch or sleep that a call has issued. */
export interface Operation {
  readonly call: ModelCall;
  readonly fiber: Fiber;
  /** Place among all operations, in order of issue. */
  readonly issued: number;
  /** The `seq` of the last transaction that its call had committed before; 0 where there was none. */
  readonly committed: number;
  /** When its time comes, in ms since the epoch. */
  readonly due: number;
  readonly what: Fetching | { readonly sleep: number };
}

/** A fetch in flight: the URL that it asks now, and how. */
export interface Fetching {
  readonly fetch: string;
  readonly hop: Hop;
  readonly signal?: Signal;
}

/** The outcome of an operation, waiting for its turn. */
export interface Completion {
  readonly call: ModelCall;
  readonly operation: Operation;
  /** What the call's fibers ask for once they have it. */
  readonly ready: readonly Fiber[];
  /** Completions of an earlier epoch entered the queue before; those of one epoch in an order that the network chose. */
  readonly epoch: number;
  /** Order within an epoch, where it is known. */
  readonly order: number;
  /** Whether it is in the queue for certain. */
  certain: boolean;
}
