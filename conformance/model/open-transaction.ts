import type { ModelCall } from "./call.ts";
import type { Fiber } from "./fiber.ts";
import type { Body, Point } from "./program.ts";
import type { Transaction } from "./tables.ts";

/** A transaction that a fiber has asked for. */
export interface Asked {
  readonly fiber: Fiber;
  readonly body: Body<unknown>;
}

/** The transaction that is open because its call stands still at a point. */
export interface Open {
  readonly call: ModelCall;
  readonly asked: Asked;
  readonly transaction: Transaction;
  readonly rest: Generator<Point, unknown, void>;
  readonly point: string;
}
