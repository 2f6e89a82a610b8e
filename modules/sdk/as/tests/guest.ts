/** A guest that exercises what the conformance modules do not need of the SDK. */
import {
  JsonArray,
  JsonBoolean,
  JsonNumber,
  JsonObject,
  JsonString,
  parseJson,
  ProcedureCtx,
  Request,
  schema,
  Table,
  t,
  Tx,
} from "..";

export { call, describe } from "..";

const guest = schema("guest", ["log", "sequences"]);

guest.procedure("echo", [t.json("value")], (ctx, args) => args.json("value"));

guest.procedure("parse", [t.string("text")], (ctx, args) => parseJson(args.string("text")));

guest.procedure("types", [t.string("s"), t.number("n"), t.boolean("b"), t.strings("l")], (ctx, args) =>
  new JsonArray()
    .push(new JsonString(args.string("s")))
    .push(new JsonNumber(args.number("n")))
    .push(new JsonString(args.boolean("b") ? "yes" : "no"))
    .push(JsonArray.ofStrings(args.strings("l"))),
);

guest.procedure("bodyText", [t.string("url")], (ctx, args) => new JsonString(ctx.http.fetch(args.string("url")).text()));

guest.procedure("bodyJson", [t.string("url")], (ctx, args) => ctx.http.fetch(args.string("url")).json());

guest.procedure("random", [t.number("count")], (ctx, args) => {
  const numbers: f64[] = [];
  for (let i: f64 = 0; i < args.number("count"); i++) numbers.push(ctx.random());
  return JsonArray.ofNumbers(numbers);
});

guest.procedure("post", [t.string("url"), t.string("body")], (ctx, args) => {
  const request = new Request(args.string("url")).method("POST").header("x-a", "1").header("x-a", "2");
  const response = request.text(args.string("body")).send();
  const none = response.header("z") === null;
  return new JsonObject()
    .setNumber("status", response.status)
    .setString("statusText", response.statusText)
    .setBoolean("ok", response.ok)
    .setString("url", response.url)
    .setString("joined", response.header("Set-Cookie")!)
    .setNumber("fields", response.headers().length)
    .setBoolean("none", none);
});

guest.procedure("refusedFetch", [t.string("url")], (ctx, args) => {
  const response = ctx.http.fetch(args.string("url"));
  return new JsonArray()
    .push(new JsonNumber(response.code))
    .push(new JsonString(response.category))
    .push(new JsonString(response.message));
});

guest.procedure("acceptedFetch", [t.string("url")], (ctx, args) => {
  ctx.http.fetch(args.string("url")).accept();
  return null;
});

/** Values that live across a fetch, and enough garbage before and after it that the collector runs many cycles. */
guest.procedure("churn", [t.string("url"), t.number("rounds")], (ctx, args) => {
  const rounds = <i32>args.number("rounds");
  const kept: string[] = [];
  const object = new JsonObject();
  for (let i = 0; i < 1000; i++) {
    kept.push(args.string("url") + "#" + i.toString());
    object.setString("f" + i.toString(), kept[i]);
  }
  litter(rounds);
  const response = ctx.http.fetch(args.string("url"));
  litter(rounds);
  const body = response.text();
  litter(rounds);
  let intact = 0;
  for (let i = 0; i < 1000; i++) {
    const expected = args.string("url") + "#" + i.toString();
    if (kept[i] == expected && object.getString("f" + i.toString()) == expected) intact++;
  }
  return new JsonObject().setNumber("intact", intact).setString("body", body).setNumber("pages", memory.size());
});

function litter(rounds: i32): void {
  for (let i = 0; i < rounds; i++) {
    const garbage: string[] = [];
    for (let j = 0; j < 100; j++) garbage.push(i.toString() + "/" + j.toString());
    parseJson('{"a":[' + garbage.length.toString() + "]}");
  }
}

guest.procedure("closed", [t.boolean("committed"), t.boolean("another")], (ctx, args) => {
  const tx = ctx.begin();
  const log = tx.db.table("log");
  if (args.boolean("committed")) tx.commit();
  else tx.abort();
  if (args.boolean("another")) ctx.begin();
  log.insert("late", new JsonObject());
  return null;
});

guest.procedure("abort", [], (ctx, args) => {
  const tx = ctx.begin();
  tx.db.table("log").insert("undone", new JsonObject());
  tx.abort();
  return null;
});

/** Commits twice: what the first commit was refused with, and then whether the second one was. */
guest.procedure("commitTwice", [], (ctx, args) => {
  const first = ctx.begin();
  first.db.table("log").insert("first", new JsonNumber(1));
  const found = new JsonArray().push(new JsonBoolean(first.tryCommit()));
  found.push(new JsonNumber(first.code)).push(new JsonString(first.category)).push(new JsonString(first.message));
  const second = ctx.begin();
  second.db.table("log").insert("second", new JsonString("text"));
  return found.push(new JsonBoolean(second.tryCommit())).push(new JsonNumber(second.code));
});

guest.procedure("commit", [], (ctx, args) => {
  const tx = ctx.begin();
  tx.db.table("log").insert("lost", new JsonObject());
  tx.commit();
  return null;
});

/** Uses a transaction after its commit was refused. */
guest.procedure("useAfterConflict", [], (ctx, args) => {
  const tx = ctx.begin();
  tx.tryCommit();
  tx.point("late");
  return null;
});

guest.procedure("point", [t.string("name")], (ctx, args) => {
  const tx = ctx.begin();
  tx.db.table("log").insert("k", new JsonObject());
  tx.point(args.string("name"));
  tx.commit();
  return null;
});

/** Rows that are no objects. */
guest.procedure("anyRow", [t.json("row")], (ctx, args) => {
  const tx = ctx.begin();
  const log = tx.db.table("log");
  const isNew = log.insertNew("k", args.json("row"));
  const isNewAgain = log.insertNew("k", new JsonObject());
  const found = new JsonArray().push(new JsonBoolean(isNew)).push(new JsonBoolean(isNewAgain));
  found.push(log.getValue("k")!).push(log.scan()[0].value);
  tx.commit();
  return found;
});

guest.reducerWithResult("reduce", [t.number("n")], (ctx, args) => {
  ctx.db.table("log").insert("reduced", new JsonNumber(args.number("n")));
  return new JsonNumber(args.number("n") + 1);
});

guest.procedure("tables", [], (ctx, args) => ctx.withTx<JsonArray, JsonArray>(new JsonArray(), useTables));

function useTables(tx: Tx, found: JsonArray): JsonArray {
  const log = tx.db.table("log");
  const keys = ["a", "a\u{10ffff}", "a\u{10ffff}b", "a\ud7ff", "a\ue000", "b", "a\u{1f600}", ""];
  for (let i = 0; i < keys.length; i++) log.insert(keys[i], new JsonObject().setString("key", keys[i]));
  found.push(new JsonNumber(log.tryInsert("a", new JsonObject())));
  found.push(keysOf(log, "a\u{10ffff}"));
  found.push(keysOf(log, "a\ud7ff"));
  found.push(keysOf(log, "\u{10ffff}"));
  found.push(new JsonNumber(log.scanPrefix("").length));
  found.push(new JsonNumber(log.scan("a\ue000", "a\u{10ffff}").length));
  found.push(new JsonString(log.delete("b") ? "deleted" : "absent"));
  found.push(new JsonString(log.delete("b") ? "deleted" : "absent"));
  found.push(new JsonString(log.get("b") === null ? "absent" : "there"));
  return found;
}

function keysOf(log: Table, prefix: string): JsonArray {
  const rows = log.scanPrefix(prefix);
  const keys: string[] = [];
  for (let i = 0; i < rows.length; i++) keys.push(rows[i].key);
  return JsonArray.ofStrings(keys);
}

guest.procedure("absentUpdate", [], (ctx, args) => {
  ctx.begin().db.table("log").update("none", new JsonObject());
  return null;
});

guest.reducerWithResult("tools", [], (ctx, args) => {
  ctx.db.scheduleEvery("reduce", new JsonObject().setNumber("n", 1), 7.5, 10);
  const found = new JsonArray().push(new JsonNumber(ctx.db.sequence("a"))).push(new JsonNumber(ctx.db.sequence("a")));
  return found.push(new JsonNumber(ctx.db.sequence("b"))).push(new JsonString(ctx.uuid())).push(new JsonString(ctx.uuid()));
});

/** What the time of a transaction is, counted from the call's; after it has ended where that is asked for. */
guest.procedure("txTime", [t.boolean("late")], (ctx, args) => {
  const tx = ctx.begin();
  if (!args.boolean("late")) return new JsonNumber(tx.timestamp - ctx.timestamp);
  tx.commit();
  return new JsonNumber(tx.timestamp);
});

guest.procedure("submit", [t.string("reducer")], (ctx, args) => {
  ctx.callReducer(args.string("reducer"), new JsonObject().setNumber("n", 2));
  const tx = ctx.begin();
  const code = ctx.tryCallReducer("reduce", new JsonObject());
  tx.commit();
  return new JsonNumber(code);
});

let leaked: Table | null = null;

/** Leaves its transaction open, and its handle to whatever call this instance runs next. */
guest.procedure("leak", [], (ctx, args) => {
  leaked = ctx.begin().db.table("log");
  return null;
});

guest.reducer("leakFromReducer", [], (ctx, args) => {
  leaked = ctx.db.table("log");
});

guest.procedure("useLeaked", [], (ctx, args) => {
  ctx.begin();
  leaked!.insert("late", new JsonObject());
  return null;
});
