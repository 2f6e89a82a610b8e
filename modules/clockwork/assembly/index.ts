/** Time, schedules, hooks and the call's context. */
import { record, recording, tokens } from "../../common/assembly/record";
import { Json, JsonArray, JsonNull, JsonNumber, JsonObject, JsonString, ReducerCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const clockwork = schema("clockwork", recording);

clockwork.init((ctx) => {
  record(ctx.db, "init");
});

clockwork.clientConnected((ctx) => {
  record(ctx.db, "connected", connectionOf(ctx));
});

clockwork.clientDisconnected((ctx) => {
  record(ctx.db, "disconnected", connectionOf(ctx));
});

clockwork.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

clockwork.reducer("scheduleRecord", [t.number("at"), t.string("token")], (ctx, args) => {
  ctx.db.schedule("record", new JsonObject().setString("token", args.string("token")), args.number("at"));
});

clockwork.reducer("scheduleThenThrow", [t.number("at"), t.string("token")], (ctx, args) => {
  ctx.db.schedule("record", new JsonObject().setString("token", args.string("token")), args.number("at"));
  throw new Error("thrown by scheduleThenThrow");
});

clockwork.procedure("sleepThenRecord", [t.number("until"), t.string("token")], (ctx, args) => {
  ctx.sleepUntil(args.number("until"));
  const tx = ctx.begin();
  const n = record(tx.db, args.string("token"));
  tx.commit();
  return new JsonNumber(n);
});

clockwork.procedure("scheduleFromProcedure", [t.number("at"), t.string("token")], (ctx, args) => {
  const tx = ctx.begin();
  tx.db.schedule("record", new JsonObject().setString("token", args.string("token")), args.number("at"));
  tx.commit();
  return null;
});

clockwork.procedure("context", [], (ctx, args) => {
  const connection = ctx.connection;
  return new JsonObject()
    .setNumber("timestamp", ctx.timestamp)
    .setString("sender", ctx.sender)
    .set("connection", connection === null ? (new JsonNull() as Json) : new JsonString(connection))
    .set("random", JsonArray.ofNumbers([ctx.random(), ctx.random(), ctx.random()]));
});

clockwork.procedure("logEach", [t.string("text")], (ctx, args) => {
  const text = args.string("text");
  ctx.log.debug(text);
  ctx.log.info(text);
  ctx.log.warn(text);
  ctx.log.error(text);
  return null;
});

clockwork.procedure("tokens", [], (ctx, args) => {
  const tx = ctx.begin();
  const found = tokens(tx.db);
  tx.commit();
  return JsonArray.ofStrings(found);
});

function connectionOf(ctx: ReducerCtx): JsonObject {
  const connection = ctx.connection;
  return connection === null
    ? new JsonObject().set("connection", new JsonNull())
    : new JsonObject().setString("connection", connection);
}
