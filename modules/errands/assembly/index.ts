/** What a module has itself called to do later. */
import { record, recording } from "../../common/assembly/record";
import { Ctx, Db, Json, JsonNull, JsonObject, JsonString, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const errands = schema("errands", recording);

errands.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

errands.procedure("fetchThenRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token"));
  return null;
});

errands.procedure("fetchThenThrow", [t.string("url"), t.string("token")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, args.string("token"));
  throw new Error("thrown by fetchThenThrow");
});

errands.reducer("scheduleEach", [t.number("at"), t.number("apart"), t.strings("tokens")], (ctx, args) => {
  const tokens = args.strings("tokens");
  for (let i = 0; i < tokens.length; i++) {
    scheduleRecord(ctx.db, tokens[i], args.number("at") + <f64>i * args.number("apart"));
  }
  record(ctx.db, "scheduling " + tokens.length.toString());
});

errands.reducer("scheduleFetch", [t.number("at"), t.string("url"), t.string("token")], (ctx, args) => {
  ctx.db.schedule("fetchThenRecord", urlAndToken(args.string("url"), args.string("token")), args.number("at"));
});

errands.reducer("scheduleFailure", [t.number("at"), t.string("url"), t.string("token")], (ctx, args) => {
  ctx.db.schedule("fetchThenThrow", urlAndToken(args.string("url"), args.string("token")), args.number("at"));
});

errands.reducer("scheduleThenThrow", [t.number("at"), t.string("token")], (ctx, args) => {
  scheduleRecord(ctx.db, args.string("token"), args.number("at"));
  throw new Error("thrown by scheduleThenThrow");
});

// Nothing can be caught here: what the twin throws and catches is a transaction that its author gives up.
errands.procedure("scheduleTwiceThenThrow", [t.number("at"), t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const first = ctx.begin();
  scheduleRecord(first.db, token + "/undone", args.number("at"));
  first.abort();
  const second = ctx.begin();
  scheduleRecord(second.db, token + "/kept", args.number("at"));
  second.commit();
  throw new Error("thrown by scheduleTwiceThenThrow");
});

errands.reducer("noteContext", [t.string("token")], (ctx, args) => {
  note(ctx, ctx.db, args.string("token"));
});

errands.procedure("noteContextInProcedure", [t.string("token")], (ctx, args) => {
  const tx = ctx.begin();
  note(ctx, tx.db, args.string("token"));
  tx.commit();
  return null;
});

errands.reducer("scheduleNotes", [t.number("at")], (ctx, args) => {
  const at = args.number("at");
  ctx.db.schedule("noteContext", new JsonObject().setString("token", "scheduled reducer"), at);
  ctx.db.schedule("noteContextInProcedure", new JsonObject().setString("token", "scheduled procedure"), at);
});

/** Records who calls, by which connection and when. */
function note(ctx: Ctx, db: Db, token: string): void {
  const connection = ctx.connection;
  const fields = new JsonObject()
    .set("connection", connection === null ? (new JsonNull() as Json) : new JsonString(connection))
    .setString("sender", ctx.sender)
    .setNumber("timestamp", ctx.timestamp);
  record(db, token, fields);
}

function scheduleRecord(db: Db, token: string, time: f64): void {
  db.schedule("record", new JsonObject().setString("token", token), time);
}

function urlAndToken(url: string, token: string): JsonObject {
  return new JsonObject().setString("url", url).setString("token", token);
}

function recordAlone(ctx: ProcedureCtx, token: string): void {
  const tx = ctx.begin();
  record(tx.db, token);
  tx.commit();
}
