import { body, type ModelModule, procedure, reducer, syncProcedure } from "../program.ts";
import { anything } from "../value.ts";

const nothing = { atLoad: [], now: [] };

/** What the context says hangs on when the call's first turn began: the scenario knows. */
const values = anything;

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
        yield* body(url);
        return { before: values, after: values };
      }),
    ],
    ["valuesInReducer", reducer(() => values)],
    ["valuesBlocking", syncProcedure(() => given(values))],
    ["waits", procedure(() => given({ wait: "refused", waitAsync: "refused" }))],
  ]),
};

/** A call that asks its host for nothing, and gives this. */
// biome-ignore lint/correctness/useYield: it asks its host for nothing.
function* given(value: unknown): Generator<never, unknown, never> {
  return value;
}
