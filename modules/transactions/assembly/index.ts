/** Transactions of procedures: how often a body runs, what becomes of a handle that outlives its transaction, and what the host refuses. */
import { record, recording } from "../../common/assembly/record";
import { categoryAnswered } from "../../common/assembly/refusals";
import { Db, Json, JsonArray, JsonNull, JsonObject, JsonString, ProcedureCtx, Request, schema, t, Tx } from "../../sdk/as";
import * as imports from "../../sdk/as/imports";
import { outsideAttempts, rawInsert } from "./attempts";

export { call, describe } from "../../sdk/as";

const transactions = schema("transactions", recording);

transactions.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

transactions.procedure("count", [t.string("token"), t.string("how")], (ctx, args) => {
  const token = args.string("token");
  const how = args.string("how");
  const tx = ctx.begin();
  ctx.log.info("run 1 of " + token);
  record(tx.db, token, new JsonObject().setNumber("runs", 1));
  if (how == "refusal") tx.db.table("log").insertNew("000001", new JsonObject().setNumber("n", 0).setString("token", "taken"));
  if (how == "throw") throw new Error("thrown by count");
  const refused = tx.tryCommit() ? "none" : tx.category;
  return new JsonObject().setNumber("runs", 1).setString("refused", how == "refusal" ? "unique-violation" : refused);
});

transactions.procedure("value", [t.string("token")], (ctx, args) => {
  const token = args.string("token");
  return new JsonObject()
    .set("text", ctx.withTx<string, Json>(token, (tx, token) => new JsonString(token + "/" + (<i64>record(tx.db, token)).toString())))
    .set("nothing", ctx.withTx<string, Json>(token, (tx, token) => new JsonNull()))
    .set("row", ctx.withTx<string, Json>("000001", rowOrNull))
    .set("keys", ctx.withTx<string, Json>("", keysFrom));
});

function rowOrNull(tx: Tx, key: string): Json {
  const row = tx.db.table("log").getValue(key);
  return row === null ? new JsonNull() : row;
}

function keysFrom(tx: Tx, from: string): Json {
  const rows = tx.db.table("log").scan(from);
  const keys: string[] = [];
  for (let i = 0; i < rows.length; i++) keys.push(rows[i].key);
  return JsonArray.ofStrings(keys);
}

/** Records in a transaction of its own, and gives the handle that is of no use any more. */
function recordAndLeak(ctx: ProcedureCtx, token: string): Db {
  const tx = ctx.begin();
  record(tx.db, token);
  tx.commit();
  return tx.db;
}

transactions.procedure("useAfterReturn", [t.string("token")], (ctx, args) => {
  const leaked = recordAndLeak(ctx, args.string("token"));
  record(leaked, args.string("token") + "/leaked");
  return null;
});

transactions.procedure("useInNext", [t.string("token")], (ctx, args) => {
  const leaked = recordAndLeak(ctx, args.string("token"));
  const tx = ctx.begin();
  record(tx.db, args.string("token") + "/next");
  record(leaked, args.string("token") + "/leaked");
  tx.commit();
  return null;
});

/** What a call left behind for another. */
let kept: Db | null = null;

transactions.procedure("keepTransaction", [t.string("token")], (ctx, args) => {
  kept = recordAndLeak(ctx, args.string("token"));
  return null;
});

transactions.reducer("keepContext", [t.string("token")], (ctx, args) => {
  kept = ctx.db;
  record(ctx.db, args.string("token"));
});

transactions.procedure("useKept", [t.string("token")], (ctx, args) => {
  const db = kept;
  if (db === null) return new JsonObject().setBoolean("found", false);
  const tx = ctx.begin();
  record(tx.db, args.string("token"));
  record(db, args.string("token") + "/leaked");
  tx.commit();
  return new JsonObject().setBoolean("found", true);
});

transactions.procedure("sleepInside", [t.number("until"), t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const tx = ctx.begin();
  record(tx.db, token);
  const refused = categoryAnswered(imports.sleep_until(args.number("until")));
  record(tx.db, token + "/after");
  tx.commit();
  return new JsonObject().setString("refused", refused);
});

transactions.procedure("sleepBetween", [t.number("until"), t.string("token")], (ctx, args) => {
  recordAndLeak(ctx, args.string("token") + "/before");
  ctx.sleepUntil(args.number("until"));
  recordAndLeak(ctx, args.string("token") + "/after");
  return null;
});

transactions.reducerWithResult(
  "yieldInReducer",
  [t.string("url"), t.number("until"), t.string("token")],
  (ctx, args) => {
    const token = args.string("token");
    record(ctx.db, token);
    const response = new Request(args.string("url")).send();
    const sleep = categoryAnswered(imports.sleep_until(args.number("until")));
    record(ctx.db, token + "/after");
    return new JsonObject()
      .setString("fetch", response.code == 0 ? "none" : response.category)
      .setString("sleep", sleep);
  },
);

transactions.reducerWithResult("transactInReducer", [t.string("token")], (ctx, args) => {
  const token = args.string("token");
  record(ctx.db, token);
  const refused = new JsonObject()
    .setString("begin", categoryAnswered(imports.tx_begin()))
    .setString("commit", categoryAnswered(imports.tx_commit()))
    .setString("abort", categoryAnswered(imports.tx_abort()));
  record(ctx.db, token + "/after");
  return refused;
});

transactions.procedure("endWithoutBegin", [t.string("token"), t.string("how")], (ctx, args) => {
  const token = args.string("token");
  const before = end(args.string("how"));
  recordAndLeak(ctx, token);
  const after = end(args.string("how"));
  recordAndLeak(ctx, token + "/next");
  return new JsonObject().setString("before", before).setString("after", after);
});

function end(how: string): string {
  return categoryAnswered(how == "commit" ? imports.tx_commit() : imports.tx_abort());
}

transactions.procedure("useOutside", [t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const before = outsideAttempts(ctx);
  recordAndLeak(ctx, token);
  const after = outsideAttempts(ctx);
  recordAndLeak(ctx, token + "/next");
  return new JsonObject().set("before", before).set("after", after);
});

transactions.procedure("leaveOpen", [t.string("token"), t.string("how")], (ctx, args) => {
  const token = args.string("token");
  const how = args.string("how");
  recordAndLeak(ctx, token);
  imports.tx_begin();
  rawInsert("meta", "open", new JsonObject().setNumber("n", 0));
  if (how == "return") return new JsonString("left open");
  if (how == "throw") throw new Error("thrown by leaveOpen");
  if (how == "trap") unreachable();
  if (how == "commit") {
    imports.tx_commit();
    return new JsonString("committed");
  }
  throw new Error("leaveOpen knows no way to end named " + how);
});
