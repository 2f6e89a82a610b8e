/** Turns that compute: long ones, endless ones, and calls that keep much on their stack while they wait. */
import { record, recording } from "../../common/assembly/record";
import { Args, Json, JsonNumber, JsonObject, JsonString, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const toil = schema("toil", recording);

toil.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

toil.procedure("fetchThenRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  const body = ctx.http.fetch(args.string("url")).text();
  recordAlone(ctx, args.string("token"), new JsonObject());
  return new JsonString(body);
});

toil.procedure("recordFetchRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  recordAlone(ctx, args.string("token") + "/before", new JsonObject());
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token") + "/after", new JsonObject());
  return null;
});

toil.procedure("compute", [t.number("rounds"), t.string("token")], (ctx, args) => {
  const number = computed(args.number("rounds"));
  recordAlone(ctx, args.string("token"), new JsonObject());
  return new JsonNumber(number);
});

toil.procedure("loop", [t.string("token")], (ctx, args) => {
  recordAlone(ctx, args.string("token"), new JsonObject());
  return new JsonNumber(computed(Infinity));
});

toil.procedure("loopAfterFetch", [t.string("url"), t.string("token")], loopAfterFetch);

// A wasm call has no microtasks: the twin in TypeScript loops in them.
toil.procedure("loopInMicrotasks", [t.string("url"), t.string("token")], loopAfterFetch);

function loopAfterFetch(ctx: ProcedureCtx, args: Args): Json | null {
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token"), new JsonObject());
  return new JsonNumber(computed(Infinity));
}

/** A number that takes so many rounds to compute, and that no compiler can know in advance. */
function computed(rounds: f64): f64 {
  let number: i32 = 1;
  for (let round: f64 = 0; round < rounds; round++) number = number * 1664525 + 1013904223;
  return number;
}

toil.procedure("carry", [t.string("url"), t.string("token"), t.number("depth")], (ctx, args) => {
  const token = args.string("token");
  const carried = carry(ctx, args.string("url"), token, <i32>args.number("depth"));
  recordAlone(ctx, token, new JsonObject().setString("carried", carried));
  return new JsonString(carried);
});

/** Fetches at the bottom of a recursion each level of which keeps text of its own, and needs it again afterwards. */
function carry(ctx: ProcedureCtx, url: string, token: string, depth: i32): string {
  const own = token + "/" + depth.toString();
  const before = litter(own, depth);
  const below = depth == 0 ? ctx.http.fetch(url).text() : carry(ctx, url, token, depth - 1);
  const after = litter(own, depth);
  return own + "(" + below + ")" + (before == after ? own : before + "!=" + after);
}

/** Text that is made of much that is thrown away. */
function litter(text: string, depth: i32): string {
  let made = text;
  for (let piece = 0; piece < 200; piece++) {
    made = text + ":" + depth.toString() + ":" + piece.toString() + ":" + made.length.toString();
  }
  return made;
}

/** Calls of this instance of the module so far. */
let visits = 0;

toil.procedure("visit", [], (ctx, args) => {
  visits++;
  return new JsonNumber(visits);
});

function recordAlone(ctx: ProcedureCtx, token: string, fields: JsonObject): void {
  const tx = ctx.begin();
  record(tx.db, token, fields);
  tx.commit();
}
