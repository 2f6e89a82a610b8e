/** What can go wrong in a call, and what is left of it afterwards. */
import { record, recording } from "../../common/assembly/record";
import { Args, categoryOf, Db, Json, JsonNumber, JsonObject, JsonString, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const mishaps = schema("mishaps", recording);

mishaps.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

mishaps.reducer("recordThenFail", [t.string("token"), t.string("how")], (ctx, args) => {
  record(ctx.db, args.string("token"));
  fail(ctx.db, args.string("how"));
});

// Nothing can be caught here: what the twin throws and catches is a transaction that its author gives up.
mishaps.procedure("failTransactionThenRecord", [t.string("token"), t.string("how")], (ctx, args) => {
  const token = args.string("token");
  const how = args.string("how");
  const first = ctx.begin();
  record(first.db, token + "/undone");
  let caught = "thrown by mishaps";
  if (how == "refusal") {
    const code = first.db.table("meta").tryInsert("counter", new JsonObject().setNumber("n", 0));
    caught = code == 0 ? "nothing" : categoryOf(code);
  } else if (how != "throw") throw new Error("mishaps knows no failure to give up for named " + how);
  first.abort();
  const n = recordAlone(ctx, token + "/next");
  return new JsonObject().setString("caught", caught).setNumber("n", n);
});

mishaps.procedure("recordEachThenFail", [t.strings("tokens"), t.string("how")], (ctx, args) => {
  const tokens = args.strings("tokens");
  for (let i = 0; i < tokens.length; i++) recordAlone(ctx, tokens[i]);
  const tx = ctx.begin();
  record(tx.db, "undone");
  fail(tx.db, args.string("how"));
  tx.commit();
  return null;
});

/** Fails in one of the ways in which guests do. "refusal" hits a key that is taken: its transaction must have recorded. */
function fail(db: Db, how: string): void {
  if (how == "throw") throw new Error("thrown by mishaps");
  if (how == "refusal") {
    db.table("meta").insert("counter", new JsonObject().setNumber("n", 0));
    return;
  }
  if (how == "trap") unreachable();
  if (how == "overflow") {
    overflow(0);
    return;
  }
  throw new Error("mishaps knows no way to fail named " + how);
}

/** Recurses without end; adding to the result keeps the call from being a tail call. */
function overflow(depth: f64): f64 {
  return overflow(depth + 1) + 1;
}

mishaps.reducer("throwInReducer", [t.string("text")], (ctx, args) => {
  throw new Error(args.string("text"));
});

mishaps.procedure("throwInProcedure", [t.string("text")], throwText);

mishaps.procedure("throwOnTheBlockingPath", [t.string("text")], throwText);

function throwText(ctx: ProcedureCtx, args: Args): Json | null {
  throw new Error(args.string("text"));
}

mishaps.procedure("throwAfterFetch", [t.string("url"), t.string("text")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  throw new Error(args.string("text"));
});

const everyType = [t.string("string"), t.number("number"), t.boolean("boolean"), t.strings("strings"), t.json("json")];

mishaps.reducer("takeInReducer", everyType, (ctx, args) => {
  record(ctx.db, args.string("string"));
});

mishaps.procedure("takeInProcedure", everyType, (ctx, args) => {
  recordAlone(ctx, args.string("string"));
  return null;
});

mishaps.reducerWithResult("giveFromReducer", [t.string("token"), t.string("what")], (ctx, args) => {
  record(ctx.db, args.string("token"));
  return valueNamed(args.string("what"));
});

mishaps.procedure("giveFromProcedure", [t.string("token"), t.string("what")], (ctx, args) => {
  recordAlone(ctx, args.string("token"));
  return valueNamed(args.string("what"));
});

/** Something to give: all but the first two are what no JSON can express. */
function valueNamed(what: string): Json {
  const value = new JsonObject();
  if (what == "number") return value.setNumber("value", 1.5);
  if (what == "text") return value.setString("value", "text");
  if (what == "nan") return value.setNumber("value", NaN);
  if (what == "infinity") return value.setNumber("value", Infinity);
  if (what == "lone-surrogate") return value.setString("value", String.fromCharCode(0xd800));
  throw new Error("mishaps knows no value named " + what);
}

mishaps.procedure("fetchThenRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  const body = ctx.http.fetch(args.string("url")).text();
  recordAlone(ctx, args.string("token"));
  return new JsonString(body);
});

mishaps.procedure("fetchThenLoop", [t.string("url"), t.string("token")], fetchThenLoop);

mishaps.procedure("loopOnTheBlockingPath", [t.string("url"), t.string("token")], fetchThenLoop);

function fetchThenLoop(ctx: ProcedureCtx, args: Args): Json | null {
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token"));
  return new JsonNumber(loop());
}

mishaps.reducer("recordThenLoop", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
  loop();
});

/** Never returns. The count keeps the loop from being nothing at all. */
function loop(): i32 {
  let turns = 0;
  while (turns >= 0) turns = (turns + 1) % 1000;
  return turns;
}

mishaps.procedure("fetchThenExhaust", [t.string("url"), t.string("token")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token"));
  const kept: StaticArray<f64>[] = [];
  while (kept.length >= 0) kept.push(new StaticArray<f64>(10000));
  return new JsonNumber(kept.length);
});

function recordAlone(ctx: ProcedureCtx, token: string): f64 {
  const tx = ctx.begin();
  const n = record(tx.db, token);
  tx.commit();
  return n;
}
