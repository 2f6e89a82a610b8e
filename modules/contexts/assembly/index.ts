/** What a call's context says, each time that it is asked: calls write it to the log, where nobody else reads or changes it. */
import { record, recording } from "../../common/assembly/record";
import { Args, Ctx, Json, JsonNull, JsonObject, JsonString, parseJson, ProcedureCtx, schema, t } from "../../sdk/as";
import { accept, takeText } from "../../sdk/as/host";
import * as imports from "../../sdk/as/imports";

export { call, describe } from "../../sdk/as";

const contexts = schema("contexts", recording);

/** Logs what the context says now, by the SDK and by the host itself, and the call's next random number in 32 bits. */
function look(ctx: Ctx, step: string): void {
  const connection = ctx.connection;
  const line = new JsonObject()
    .setString("step", step)
    .setNumber("timestamp", ctx.timestamp)
    .setString("sender", ctx.sender)
    .set("connection", connection === null ? (new JsonNull() as Json) : new JsonString(connection))
    .setNumber("random", ctx.random() * 4294967296)
    .set("context", parseJson(takeText(accept(imports.context()))));
  ctx.log.info(line.toText("the context"));
}

contexts.reducer("lookInReducer", [t.string("token")], (ctx, args) => {
  for (let step = 0; step < 3; step++) look(ctx, step.toString());
  record(ctx.db, args.string("token"));
});

contexts.procedure("look", [], (ctx, args) => {
  for (let step = 0; step < 3; step++) look(ctx, step.toString());
  return null;
});

contexts.procedure("lookAround", [t.strings("urls"), t.string("token")], lookAround);

// A wasm call has one stack, and so one fetch at a time: the twin in TypeScript fetches all at once.
contexts.procedure("lookTogether", [t.strings("urls"), t.string("token")], lookAround);

function lookAround(ctx: ProcedureCtx, args: Args): Json | null {
  const urls = args.strings("urls");
  look(ctx, "0");
  for (let i = 0; i < urls.length; i++) {
    ctx.http.fetch(urls[i]).accept();
    look(ctx, (i + 1).toString());
  }
  const tx = ctx.begin();
  record(tx.db, args.string("token"));
  tx.commit();
  return null;
}

contexts.procedure("lookAsleep", [t.number("until"), t.string("token")], (ctx, args) => {
  look(ctx, "0");
  ctx.sleepUntil(args.number("until"));
  const tx = ctx.begin();
  look(ctx, "1");
  record(tx.db, args.string("token"));
  tx.commit();
  return null;
});

contexts.reducer("scheduleLook", [t.number("at"), t.number("until"), t.string("token")], (ctx, args) => {
  const later = new JsonObject().setNumber("until", args.number("until")).setString("token", args.string("token"));
  ctx.db.schedule("lookAsleep", later, args.number("at"));
});

contexts.procedure("lookThenFail", [t.string("url")], (ctx, args) => {
  ctx.log.debug("debug");
  ctx.http.fetch(args.string("url")).accept();
  ctx.log.warn("warn");
  look(ctx, "1");
  ctx.log.error("error");
  throw new Error("thrown by lookThenFail");
});
