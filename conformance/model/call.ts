import type { Context } from "./context.ts";
import type { Hop } from "./egress.ts";
import type { Fiber } from "./fiber.ts";
import type { Fetched, Program, Signal } from "./program.ts";

/** A call as it is submitted. */
export interface NewCall {
  readonly name: string;
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Null where no connection made it. */
  readonly connection: string | null;
  /** Whether it stops at the points of its transactions. */
  readonly park: boolean;
  /** What it is where the module or its host makes it: a hook, a scheduled call, or one that another submits. Nobody is told how it ends. */
  readonly own?: "hook" | "scheduled" | "submitted";
}

/** How the model says that a call ended. A message that is undefined is open. */
export type End =
  | { readonly outcome: "returned"; readonly value: unknown }
  | {
      readonly outcome: "failed";
      readonly category: string;
      readonly message: string | undefined;
      /** Names of which the message has to hold one, where its words are the host's. */
      readonly naming?: readonly string[];
    };

/** A call of the model. */
export class ModelCall {
  readonly new: NewCall;
  /** What it runs: from its begin on, always the same. */
  program: Program | undefined;
  readonly path: "lane" | "pool";
  /** Its place among the calls of its module, hooks and scheduled ones included, in the order of submission. */
  readonly number: number;
  /** The `seq` of each transaction that it has committed. */
  readonly seqs: number[] = [];
  /** Fibers that ask for something that the host has not begun to do. */
  ready: Fiber[] = [];
  end: End | undefined;
  /** How it will end once the turn that is due to it runs. */
  coming: End | undefined;
  started = false;
  /** What it knows of itself, once it has asked. */
  context: Context | undefined;
  /** What the clock showed when its first turn began, in ms since the epoch. */
  began: number | undefined;
  /** It is in the queue for certain: the lane put it there, or stands still since before it was submitted. */
  certain = false;
  /** Commits of it that are still to conflict. */
  conflicts = 0;

  /** The call that has submitted it; undefined where the kit has. */
  readonly maker: ModelCall | undefined;

  constructor(call: NewCall, number: number, program: Program | undefined, path: "lane" | "pool", maker?: ModelCall) {
    this.new = call;
    this.number = number;
    this.program = program;
    this.path = path;
    this.maker = maker;
  }

  /** Whether it is a procedure on the lane that has begun and not ended. */
  get isOnLane(): boolean {
    return this.path === "lane" && this.started && this.end === undefined && this.program?.kind === "procedure";
  }

  /** Whether the next thing that it does is a transaction. */
  get wantsTransaction(): boolean {
    return this.program?.kind === "reducer" ? !this.started : this.ready.some((fiber) => fiber.next?.do === "tx");
  }
}

/** Whether a call is a hook. No function has such a name. */
export function isHook({ new: { function: name } }: ModelCall): boolean {
  return name.startsWith("$");
}

/** Whether fibers ask first for what the host answers at once, so that nobody knows what they ask for then. */
export function asksFirst(ready: readonly Fiber[]): boolean {
  return ready.some(({ next }) => next?.do === "look" || next?.do === "submit");
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
  /** What the call's fibers ask for once they have it; undefined where a signal may still change what that is. */
  readonly ready: readonly Fiber[] | undefined;
  /** What the operation came to. */
  outcome: Fetched | undefined;
  /** Completions of an earlier epoch entered the queue before; those of one epoch in an order that the network chose. */
  readonly epoch: number;
  /** Order within an epoch, where it is known. */
  readonly order: number;
  /** Whether it is in the queue for certain. */
  certain: boolean;
}
