/** Fetches by requests that its caller hands over, and reports what came of them. */
import { type AsyncProcedureCtx, EvenlaneError, type RequestInit, type Response, schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

const web = schema("web", recording);

/** A request as the caller hands it over. */
interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Bytes in hexadecimal, sent `times` in a row (once unless told). */
  readonly body?: { readonly hex: string; readonly times?: number };
  readonly timeoutMs?: number;
}

/** Texts up to this many bytes are part of a report. */
const shownBytes = 4096;

web.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

web.procedure("send", { request: t.json<Asked>() }, async (ctx, { request }) => report(ctx, request));

const requestAndToken = { request: t.json<Asked>(), token: t.string() };

web.procedure("sendThenRecord", requestAndToken, async (ctx, { request, token }) =>
  reportThenRecord(ctx, request, token),
);

const requestsAndToken = { requests: t.json<readonly Asked[]>(), token: t.string() };

web.procedure("sendEachThenRecord", requestsAndToken, async (ctx, { requests, token }) => {
  const reports: Report[] = [];
  for (const [i, request] of requests.entries()) reports.push(await reportThenRecord(ctx, request, `${token}/${i}`));
  return reports;
});

web.procedure("sendOrFail", { request: t.json<Asked>() }, async (ctx, { request }) => {
  const response = await fetchAsked(ctx, request);
  return response.status;
});

web.procedure("passOn", { from: t.string(), to: t.string() }, async (ctx, { from, to }) => {
  const first = await ctx.http.fetch(from);
  const second = await ctx.http.fetch(to, { method: "POST", body: first.bytes() });
  return { size: first.bytes().length, status: second.status };
});

web.procedure("read", { url: t.string(), readers: t.array(t.string()) }, async (ctx, { url, readers }) => {
  const response = await ctx.http.fetch(url);
  return readers.map((reader) => readBy(response, reader));
});

const urlsAndToken = { unawaited: t.string(), awaited: t.string(), token: t.string() };

web.procedure("leaveUnawaited", urlsAndToken, async (ctx, { unawaited, awaited, token }) => {
  const goOn = () => ctx.withTx((tx) => record(tx.db, `${token}/unawaited`));
  ctx.http.fetch(unawaited).then(goOn, goOn);
  await ctx.http.fetch(awaited);
  ctx.withTx((tx) => record(tx.db, `${token}/awaited`));
});

type Report =
  | {
      outcome: "response";
      status: number;
      statusText: string;
      headers: (readonly [string, string])[];
      url: string;
      size: number;
      text: string | null;
    }
  | { outcome: string };

type Ctx = AsyncProcedureCtx<typeof recording>;

/** What comes of a request: a response, or the refusal that the guest has caught. */
async function report(ctx: Ctx, asked: Asked): Promise<Report> {
  let response: Response;
  try {
    response = await fetchAsked(ctx, asked);
  } catch (error) {
    if (!(error instanceof EvenlaneError)) throw error;
    return { outcome: error.category };
  }
  const { status, statusText, url } = response;
  const size = response.bytes().length;
  const text = size <= shownBytes ? response.text() : null;
  return { outcome: "response", status, statusText, headers: [...response.headers], url, size, text };
}

async function reportThenRecord(ctx: Ctx, asked: Asked, token: string): Promise<Report> {
  const said = await report(ctx, asked);
  ctx.withTx((tx) => record(tx.db, token, { outcome: said.outcome }));
  return said;
}

function fetchAsked(ctx: Ctx, { url, method, headers, body, timeoutMs }: Asked): Promise<Response> {
  const init: RequestInit = {
    ...(method !== undefined && { method }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body: fromHex(body.hex, body.times ?? 1) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  return ctx.http.fetch(url, init);
}

/** What one reader gives; bytes as hexadecimal text, overwritten afterwards: the next reader must not see that. */
function readBy(response: Response, reader: string): unknown {
  switch (reader) {
    case "text":
      return response.text();
    case "json":
      return response.json();
    case "bytes":
      return takeHex(response.bytes());
    case "arrayBuffer":
      return takeHex(new Uint8Array(response.arrayBuffer()));
    default:
      throw new Error(`there is no reader named ${reader}`);
  }
}

function takeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  bytes.fill(0);
  return text;
}

function fromHex(hex: string, times: number): Uint8Array {
  const length = hex.length / 2;
  const bytes = new Uint8Array(length * times);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  for (let i = length; i < bytes.length; i += length) bytes.copyWithin(i, 0, length);
  return bytes;
}

export default web.module();
