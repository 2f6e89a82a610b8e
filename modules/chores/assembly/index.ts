/** What a module lets its host do for it: calls that come again and again, reducers that procedures submit, UUIDs, times and memory. */
import { record, recording } from "../../common/assembly/record";
import { JsonArray, JsonNumber, JsonObject, JsonString, schema, t, Tx } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const chores = schema("chores", recording);

chores.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

chores.reducer("tick", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"), new JsonObject().setNumber("at", ctx.timestamp));
});

/** The first tick of a token fetches; each records its beginning, with its time, and its end. */
chores.procedure("heldTick", [t.string("url"), t.string("token")], (ctx, args) => {
  const begun = args.string("token") + "/begun";
  const first = ctx.begin();
  const isFirst = !isRecorded(first, begun);
  record(first.db, begun, new JsonObject().setNumber("at", ctx.timestamp));
  first.commit();
  if (isFirst) ctx.http.fetch(args.string("url")).accept();
  const last = ctx.begin();
  record(last.db, args.string("token") + "/ended");
  last.commit();
  return null;
});

chores.reducer("tickEvery", [t.string("token"), t.number("first"), t.number("every")], (ctx, args) => {
  ctx.db.scheduleEvery("tick", tokenOf(args.string("token")), args.number("first"), args.number("every"));
});

chores.reducer(
  "heldTickEvery",
  [t.string("url"), t.string("token"), t.number("first"), t.number("every")],
  (ctx, args) => {
    const given = tokenOf(args.string("token")).setString("url", args.string("url"));
    ctx.db.scheduleEvery("heldTick", given, args.number("first"), args.number("every"));
  },
);

chores.procedure("submitAroundFetch", [t.string("url"), t.string("token")], (ctx, args) => {
  ctx.callReducer("record", tokenOf(args.string("token") + "/1"));
  ctx.callReducer("record", tokenOf(args.string("token") + "/2"));
  ctx.http.fetch(args.string("url")).accept();
  ctx.callReducer("record", tokenOf(args.string("token") + "/3"));
  return null;
});

chores.reducerWithResult("uuids", [], (ctx, args) => JsonArray.ofStrings([ctx.uuid(), ctx.uuid()]));

chores.procedure("uuidsAroundFetch", [t.string("url")], (ctx, args) => {
  const before = ctx.uuid();
  ctx.http.fetch(args.string("url")).accept();
  return new JsonArray().push(new JsonString(before)).push(new JsonString(ctx.uuid()));
});

chores.procedure("transactionTimes", [t.number("until")], (ctx, args) => {
  const first = ctx.begin();
  const before = first.timestamp;
  first.commit();
  ctx.sleepUntil(args.number("until"));
  const last = ctx.begin();
  const after = last.timestamp;
  last.commit();
  return new JsonObject().setNumber("before", before).setNumber("after", after).setNumber("call", ctx.timestamp);
});

chores.procedure("claim", [t.number("mebibytes")], (ctx, args) => {
  const claimed: ArrayBuffer[] = [];
  while (<f64>claimed.length < args.number("mebibytes")) claimed.push(new ArrayBuffer(1 << 20));
  return new JsonNumber(claimed.length);
});

function tokenOf(token: string): JsonObject {
  return new JsonObject().setString("token", token);
}

function isRecorded(tx: Tx, token: string): bool {
  const rows = tx.db.table("log").scan();
  for (let i = 0; i < rows.length; i++) {
    if (rows[i].row.getString("token") == token) return true;
  }
  return false;
}
