/** What the compiler knows of a function by its registration. */
import { expectTypeOf, test } from "vitest";
import {
  type AsyncProcedureCtx,
  type FunctionRef,
  type ReducerCtx,
  type ReducerRef,
  schema,
  t,
} from "../../modules/sdk/ts/index.ts";

const module = schema("refs", {});
const record = module.reducer("record", { token: t.string() }, () => {});
const later = module.procedure("later", { at: t.number() }, async () => {});

declare const ctx: AsyncProcedureCtx;
declare const reducer: ReducerCtx;

test("a registration carries its parameters", () => {
  expectTypeOf(record).toExtend<ReducerRef<{ readonly token: ReturnType<typeof t.string> }>>();
  expectTypeOf(later).toExtend<FunctionRef<{ readonly at: ReturnType<typeof t.number> }>>();
});

test("arguments are checked where a registration is given, and are the author's where a name is", () => {
  ctx.callReducer(record, { token: "t" });
  ctx.callReducer("record", { anything: 1 });
  reducer.schedule(later, { at: 1 }, 1);
  reducer.scheduleEvery(record, { token: "t" }, 1, 1);
  // @ts-expect-error an argument of another type
  ctx.callReducer(record, { token: 1 });
  // @ts-expect-error a missing argument
  ctx.callReducer(record, {});
  // @ts-expect-error a procedure is no reducer
  ctx.callReducer(later, { at: 1 });
  // @ts-expect-error an argument of another type
  reducer.schedule(later, { at: "1" }, 1);
  // @ts-expect-error without an interval
  reducer.scheduleEvery(record, { token: "t" }, 1);
});

test("a reducer calls no reducer", () => {
  expectTypeOf(reducer).not.toHaveProperty("callReducer");
});
