/** Fetches by requests that its caller hands over, and reports what came of them. */
import { record, recording } from "../../common/assembly/record";
import { Args, Json, JsonArray, JsonNull, JsonNumber, JsonObject, JsonString, ProcedureCtx, Request, Response, schema, t } from "../../sdk/as";
import { fromHex, takeHex } from "./hex";

export { call, describe } from "../../sdk/as";

const web = schema("web", recording);

/** Texts up to this many bytes are part of a report. */
const shownBytes: i32 = 4096;

web.reducer("record", [t.string("token")], (ctx, args) => {
  record(ctx.db, args.string("token"));
});

web.procedure("send", [t.json("request")], (ctx, args) => reportOf(requestOf(args.json("request")).send()));

web.procedure("sendThenRecord", [t.json("request"), t.string("token")], (ctx, args) =>
  reportThenRecord(ctx, args.json("request"), args.string("token")),
);

web.procedure("sendEachThenRecord", [t.json("requests"), t.string("token")], (ctx, args) => {
  const requests = args.json("requests").asArray();
  const reports = new JsonArray();
  for (let i = 0; i < requests.length; i++) {
    reports.push(reportThenRecord(ctx, requests[i], args.string("token") + "/" + i.toString()));
  }
  return reports;
});

web.procedure("sendOrFail", [t.json("request")], (ctx, args) =>
  new JsonNumber(requestOf(args.json("request")).send().accept().status),
);

web.procedure("passOn", [t.string("from"), t.string("to")], (ctx, args) => {
  const bytes = ctx.http.fetch(args.string("from")).arrayBuffer();
  const second = new Request(args.string("to")).method("POST").body(bytes).send().accept();
  return new JsonObject().setNumber("size", bytes.byteLength).setNumber("status", second.status);
});

web.procedure("read", [t.string("url"), t.strings("readers")], (ctx, args) => {
  const response = ctx.http.fetch(args.string("url")).accept();
  const readers = args.strings("readers");
  const given = new JsonArray();
  for (let i = 0; i < readers.length; i++) given.push(readBy(response, readers[i]));
  return given;
});

// A wasm call has one stack: what it fetches, it waits for. The twin in TypeScript returns while its first fetch is pending.
web.procedure("leaveUnawaited", [t.string("unawaited"), t.string("awaited"), t.string("token")], (ctx, args) => {
  ctx.http.fetch(args.string("unawaited"));
  recordAlone(ctx, args.string("token") + "/unawaited", new JsonObject());
  ctx.http.fetch(args.string("awaited"));
  recordAlone(ctx, args.string("token") + "/awaited", new JsonObject());
  return null;
});

function requestOf(asked: Json): Request {
  const object = asked.asObject();
  const request = new Request(object.getString("url"));
  if (object.has("method")) request.method(object.getString("method"));
  if (object.has("headers")) {
    const headers = object.get("headers").asArray();
    for (let i = 0; i < headers.length; i++) {
      const pair = headers[i].asArray();
      request.header(pair[0].asString(), pair[1].asString());
    }
  }
  if (object.has("body")) {
    const body = object.get("body").asObject();
    request.body(fromHex(body.getString("hex"), body.has("times") ? <i32>body.getNumber("times") : 1));
  }
  if (object.has("timeoutMs")) request.timeoutMs(object.getNumber("timeoutMs"));
  return request;
}

/** What came of a request: a response, or a refusal. */
function reportOf(response: Response): JsonObject {
  if (response.code < 0) return new JsonObject().setString("outcome", response.category);
  const headers = new JsonArray();
  const fields = response.headers();
  for (let i = 0; i < fields.length; i++) headers.push(JsonArray.ofStrings(fields[i]));
  const size = response.bytes().length;
  const text: Json = size <= shownBytes ? new JsonString(response.text()) : new JsonNull();
  return new JsonObject()
    .setString("outcome", "response")
    .setNumber("status", response.status)
    .setString("statusText", response.statusText)
    .set("headers", headers)
    .setString("url", response.url)
    .setNumber("size", size)
    .set("text", text);
}

function reportThenRecord(ctx: ProcedureCtx, asked: Json, token: string): JsonObject {
  const said = reportOf(requestOf(asked).send());
  recordAlone(ctx, token, new JsonObject().setString("outcome", said.getString("outcome")));
  return said;
}

function recordAlone(ctx: ProcedureCtx, token: string, fields: JsonObject): void {
  const tx = ctx.begin();
  record(tx.db, token, fields);
  tx.commit();
}

/** What one reader gives; bytes as hexadecimal text, overwritten afterwards: the next reader must not see that. */
function readBy(response: Response, reader: string): Json {
  if (reader == "text") return new JsonString(response.text());
  if (reader == "json") return response.json();
  if (reader == "bytes") return new JsonString(takeHex(response.bytes()));
  if (reader == "arrayBuffer") return new JsonString(takeHex(Uint8Array.wrap(response.arrayBuffer())));
  throw new Error("there is no reader named " + reader);
}
