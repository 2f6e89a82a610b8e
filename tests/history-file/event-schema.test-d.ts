/** The schema of a history's events and their type say the same. */
import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { eventSchema } from "../../conformance/history/event-schema.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";

type Read = z.output<typeof eventSchema>;
type OfKind<Event, Kind> = Extract<Event, { kind: Kind }>;
type OriginOf<Event> = Event extends { kind: "origin"; event: infer Detail } ? Detail : never;
type DetailKind = OriginOf<HistoryEvent>["kind"];

/** Whether two types are the same, optional and readonly fields included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test("they have the same kinds", () => {
  expectTypeOf<Read["kind"]>().toEqualTypeOf<HistoryEvent["kind"]>();
  expectTypeOf<OriginOf<Read>["kind"]>().toEqualTypeOf<DetailKind>();
});

test("each kind has the same fields", () => {
  type Kind = Exclude<HistoryEvent["kind"], "origin">;
  type Agreeing = { [K in Kind]: Same<OfKind<Read, K>, OfKind<HistoryEvent, K>> };
  expectTypeOf<Agreeing>().toEqualTypeOf<{ [K in Kind]: true }>();
});

test("each kind of the origin's events has the same fields", () => {
  type Agreeing = { [K in DetailKind]: Same<OfKind<OriginOf<Read>, K>, OfKind<OriginOf<HistoryEvent>, K>> };
  expectTypeOf<Agreeing>().toEqualTypeOf<{ [K in DetailKind]: true }>();
});

test("what the schema reads is a HistoryEvent, and a HistoryEvent is what it reads", () => {
  expectTypeOf<Read>().toExtend<HistoryEvent>();
  expectTypeOf<HistoryEvent>().toExtend<Read>();
});
