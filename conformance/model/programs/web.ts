import { contentOf, type Request } from "../egress.ts";
import {
  begin,
  type Fetched,
  FetchFailed,
  fetch,
  type ModelModule,
  procedure,
  type Steps,
  withTx,
} from "../program.ts";
import { anything } from "../value.ts";
import { record, recordToken } from "./recording.ts";

/** A request as the caller hands it over. */
interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: { readonly hex: string; readonly times?: number };
  readonly timeoutMs?: number;
}

/** Texts up to this many bytes are part of a report. */
const shownBytes = 4096;

interface Report {
  readonly outcome: string;
  readonly [field: string]: unknown;
}

function* report(asked: Asked): Steps<Report> {
  const fetched = yield* fetch(requestOf(asked));
  if (!fetched.ok) return { outcome: fetched.category };
  const { status, url } = fetched;
  const size = fetched.bytes ?? anything;
  return { outcome: "response", status, statusText: anything, headers: anything, url, size, text: textOf(fetched) };
}

function requestOf({ body, ...request }: Asked): Request {
  if (body === undefined) return request;
  const bytes = Buffer.from(body.hex, "hex");
  return { ...request, body: contentOf(Buffer.concat(Array.from({ length: body.times ?? 1 }, () => bytes))) };
}

/** A report's text: none of a long body, which the history does not hold. */
function textOf({ body, bytes }: Fetched & { ok: true }): unknown {
  return typeof body !== "string" || (bytes ?? Buffer.byteLength(body)) > shownBytes ? null : body;
}

function* reportThenRecord(asked: Asked, token: string): Steps<unknown> {
  const said = yield* report(asked);
  yield* withTx((tx) => record(tx, token, { outcome: said.outcome }));
  return said;
}

/** Goes on alike with a response and with none. */
function* fetchThenRecord(url: string, token: string): Steps<void> {
  yield* fetch(url);
  yield* withTx((tx) => record(tx, token));
}

function* accepted(request: Request): Steps<Fetched & { ok: true }> {
  const fetched = yield* fetch(request);
  if (!fetched.ok) throw new FetchFailed(fetched.category);
  return fetched;
}

/** The module `web`. */
export const web: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    ["send", procedure(({ request }) => report(request))],
    ["sendThenRecord", procedure(({ request, token }) => reportThenRecord(request, token))],
    [
      "sendEachThenRecord",
      procedure(function* ({ requests, token }) {
        const reports: unknown[] = [];
        for (const [index, request] of (requests as Asked[]).entries()) {
          reports.push(yield* reportThenRecord(request, `${token}/${index}`));
        }
        return reports;
      }),
    ],
    [
      "sendOrFail",
      procedure(function* ({ request }) {
        return (yield* accepted(requestOf(request))).status;
      }),
    ],
    [
      "passOn",
      procedure(function* ({ from, to }) {
        const { bytes } = yield* accepted({ url: from });
        const body = bytes === undefined ? undefined : { bytes, sha256: undefined };
        const { status } = yield* accepted({ url: to, method: "POST", body });
        return { size: bytes ?? anything, status };
      }),
    ],
    [
      "leaveUnawaited",
      procedure(function* ({ unawaited, awaited, token }) {
        yield* begin(fetchThenRecord(unawaited, `${token}/unawaited`));
        yield* accepted({ url: awaited });
        yield* withTx((tx) => record(tx, `${token}/awaited`));
      }),
    ],
    [
      "read",
      procedure(function* ({ url, readers }) {
        yield* accepted({ url });
        return (readers as string[]).map(() => anything);
      }),
    ],
  ]),
};
