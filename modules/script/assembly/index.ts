/** Interprets a plan that its caller hands over: what a call fetches, sleeps and does to the cells is data. */
import { Args, Json, JsonArray, JsonNumber, JsonObject, ProcedureCtx, schema, t } from "../../sdk/as";
import { doAll, Work } from "./ops";

export { call, describe } from "../../sdk/as";

const script = schema("script", ["cells", "meta", "log"]);

script.reducerWithResult("run", [t.json("ops")], (ctx, args) => {
  const work = new Work(ctx.db, null);
  const seen = doAll(work, args.json("ops"));
  if (work.isAborted) throw new Error("aborted by the script");
  return seen;
});

script.procedure("play", [t.json("steps")], play);

// A wasm procedure is written as blocking code in any case: this is the twin of a synchronous one in TypeScript.
script.procedure("playBlocking", [t.json("steps")], play);

function play(ctx: ProcedureCtx, args: Args): Json | null {
  const steps = args.json("steps").asArray();
  const seen = new JsonArray();
  for (let i = 0; i < steps.length; i++) seen.push(doStep(ctx, steps[i].asObject()));
  return seen;
}

function doStep(ctx: ProcedureCtx, step: JsonObject): Json {
  if (step.has("fetch")) return fetch(ctx, step.getString("fetch"));
  if (step.has("sleep")) {
    const at = step.getNumber("sleep");
    ctx.sleepUntil(at);
    return new JsonObject().set("slept", new JsonNumber(at));
  }
  if (step.has("tx")) return transact(ctx, step.get("tx"));
  if (step.has("fail")) throw new Error(step.getString("fail"));
  throw new Error("the script knows no step named " + step.fields.keys().join(", "));
}

function fetch(ctx: ProcedureCtx, url: string): JsonObject {
  const response = ctx.http.fetch(url);
  if (response.code < 0) return new JsonObject().setString("refused", response.category);
  return new JsonObject().setNumber("status", response.status).setString("body", response.text());
}

/** Does the operations in one transaction. Only its end is observed: an operation that is refused fails the call. */
function transact(ctx: ProcedureCtx, ops: Json): JsonObject {
  const tx = ctx.begin();
  const work = new Work(tx.db, tx);
  const seen = doAll(work, ops);
  if (work.isAborted) {
    tx.abort();
    return new JsonObject().setString("undone", "abort");
  }
  if (!tx.tryCommit()) return new JsonObject().setString("undone", tx.category);
  return new JsonObject().set("tx", seen);
}
