/** What is measured: one transaction of one row, one fetch, and both. It does nothing else, so that the cost is the host's. */
import { Args, Json, JsonNumber, ProcedureCtx, schema, t } from "../../sdk/as";

export { call, describe } from "../../sdk/as";

const load = schema("load", ["log"]);

load.reducer("put", [t.string("key")], (ctx, args) => {
  ctx.db.table("log").insert(args.string("key"), new JsonNumber(0));
});

load.procedure("fetchCommit", [t.string("url"), t.string("key")], (ctx, args) => {
  const status = ctx.http.fetch(args.string("url")).status;
  const tx = ctx.begin();
  tx.db.table("log").insert(args.string("key"), new JsonNumber(status));
  tx.commit();
  return new JsonNumber(status);
});

load.procedure("fetchOnly", [t.string("url")], fetchStatus);

// The same under another name, for an origin that holds it: a report tells the two apart.
load.procedure("hold", [t.string("url")], fetchStatus);

// A wasm procedure is written as blocking code in any case: this is the twin of a synchronous one in TypeScript.
load.procedure("holdSync", [t.string("url")], fetchStatus);

function fetchStatus(ctx: ProcedureCtx, args: Args): Json | null {
  return new JsonNumber(ctx.http.fetch(args.string("url")).status);
}
