/** Relays what an origin answers into the log: when a fetch is issued, what runs beside it, and what its end wakes. */
import { record, recording, tokens } from "../../common/assembly/record";
import { Args, Json, JsonArray, JsonNumber, JsonObject, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const relay = schema("relay", recording);

relay.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

relay.reducer("recordThenThrow", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
  throw new Error("thrown by recordThenThrow");
});

relay.procedure("fetchThenRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  const response = ctx.http.fetch(args.string("url")).accept();
  const status: f64 = response.status;
  const body = response.text();
  const tx = ctx.begin();
  const n = record(tx.db, args.string("token"), new JsonObject().setNumber("status", status).setString("body", body));
  tx.commit();
  return new JsonObject().setNumber("status", status).setString("body", body).setNumber("n", n);
});

relay.procedure("recordFetchRecord", [t.string("url"), t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const before = recordAlone(ctx, token + "/before", new JsonObject());
  const body = ctx.http.fetch(args.string("url")).text();
  const after = recordAlone(ctx, token + "/after", new JsonObject().setString("body", body));
  return new JsonObject().setNumber("before", before).setNumber("after", after).setString("body", body);
});

relay.procedure("fetchEachThenRecord", [t.strings("urls"), t.string("token")], fetchEachThenRecord);

// A wasm call has one stack, and so one fetch at a time: the twin in TypeScript fetches all at once.
relay.procedure("fetchAllThenRecord", [t.strings("urls"), t.string("token")], fetchEachThenRecord);

function fetchEachThenRecord(ctx: ProcedureCtx, args: Args): Json | null {
  const urls = args.strings("urls");
  const bodies: string[] = [];
  for (let i = 0; i < urls.length; i++) {
    const body = ctx.http.fetch(urls[i]).text();
    recordAlone(ctx, args.string("token") + "/" + i.toString(), new JsonObject().setString("body", body));
    bodies.push(body);
  }
  return JsonArray.ofStrings(bodies);
}

relay.procedure("readFetchRead", [t.string("url")], (ctx, args) => {
  const before = readTokens(ctx);
  ctx.http.fetch(args.string("url")).accept();
  const after = readTokens(ctx);
  return new JsonObject().set("before", before).set("after", after);
});

relay.procedure("fetchThenFail", [t.string("url"), t.string("token"), t.string("how")], (ctx, args) => {
  const token = args.string("token");
  const how = args.string("how");
  ctx.http.fetch(args.string("url")).accept();
  recordAlone(ctx, token + "/kept", new JsonObject());
  // Nothing here can be rejected: "reject" throws.
  if (how == "throw" || how == "reject") throw new Error("thrown by fetchThenFail");
  if (how == "throw-in-transaction") {
    const tx = ctx.begin();
    record(tx.db, token + "/undone");
    throw new Error("thrown by fetchThenFail");
  }
  if (how == "trap") unreachable();
  if (how == "overflow") return new JsonNumber(overflow(0));
  throw new Error("fetchThenFail knows no way to fail named " + how);
});

/** Recurses without end; adding to the result keeps the call from being a tail call. */
function overflow(depth: f64): f64 {
  return overflow(depth + 1) + 1;
}

relay.procedure("nestedTransaction", [t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const tx = ctx.begin();
  record(tx.db, token + "/outer");
  const inner = ctx.tryBegin();
  if (inner.code == 0) {
    record(inner.db, token + "/inner");
    inner.commit();
  }
  record(tx.db, token + "/outer-again");
  tx.commit();
  return new JsonObject().setString("refused", inner.code == 0 ? "none" : inner.category);
});

relay.procedure("fetchInsideTransaction", [t.string("url"), t.string("next"), t.string("token")], (ctx, args) => {
  const token = args.string("token");
  const tx = ctx.begin();
  record(tx.db, token);
  const response = ctx.http.fetch(args.string("url"));
  record(tx.db, token + "/after");
  tx.commit();
  ctx.http.fetch(args.string("next")).accept();
  return new JsonObject().setString("refused", response.code == 0 ? "none" : response.category);
});

relay.procedure("tokens", [], (ctx, args) => readTokens(ctx));

function recordAlone(ctx: ProcedureCtx, token: string, fields: JsonObject): f64 {
  const tx = ctx.begin();
  const n = record(tx.db, token, fields);
  tx.commit();
  return n;
}

function readTokens(ctx: ProcedureCtx): JsonArray {
  const tx = ctx.begin();
  const found = tokens(tx.db);
  tx.commit();
  return JsonArray.ofStrings(found);
}
