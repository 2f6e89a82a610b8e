import type { Context } from "../context.ts";
import { body, look, type ModelModule, procedure, reducer, syncProcedure } from "../program.ts";
import { anything } from "../value.ts";

const nothing = { atLoad: [], now: [] };

/** What a guest finds in its context, and in the language's clock and generator, which show the same. */
const values = ({ timestamp }: Context): unknown => ({
  timestamp,
  now: Math.trunc(timestamp),
  date: Math.trunc(timestamp),
  // The text of a date has no milliseconds.
  text: Math.floor(timestamp / 1000) * 1000,
  made: [5, 86_400_000, 1000],
  same: true,
});

/** The module `ambient`, which only TypeScript has. */
export const ambient: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["globals", procedure(() => given(nothing))],
    ["globalsBlocking", syncProcedure(() => given(nothing))],
    ["globalsInReducer", reducer(() => nothing)],
    ["present", procedure(({ names }) => given(names))],
    ["evaluated", procedure(() => given(anything))],
    ["imported", procedure(({ expression }) => given(expression.startsWith("import(") ? "refused" : "imported"))],
    [
      "values",
      procedure(function* ({ url }) {
        const before = yield* look(values);
        yield* body(url);
        return { before, after: yield* look(values) };
      }),
    ],
    ["valuesInReducer", reducer((_tx, _args, context) => values(context))],
    ["valuesBlocking", syncProcedure(() => look(values))],
    ["waits", procedure(() => given({ wait: "refused", waitAsync: "refused" }))],
  ]),
};

/** A call that asks its host for nothing, and gives this. */
// biome-ignore lint/correctness/useYield: it asks its host for nothing.
function* given(value: unknown): Generator<never, unknown, never> {
  return value;
}
