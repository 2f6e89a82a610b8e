import {
  type Fetched,
  FetchFailed,
  fetch,
  type ModelModule,
  procedure,
  reducer,
  type Steps,
  withTx,
} from "../program.ts";
import { anything } from "../value.ts";
import { record } from "./recording.ts";

/** What the model reads of a request: it knows no redirects, no forbidden addresses, and refuses no request. */
interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly timeoutMs?: number;
}

/** Texts up to this many bytes are part of a report. */
const shownBytes = 4096;

interface Report {
  readonly outcome: string;
  readonly [field: string]: unknown;
}

function* report({ url, method, timeoutMs }: Asked): Steps<Report> {
  const fetched = yield* fetch(url, timeoutMs);
  if (!fetched.ok) return { outcome: fetched.category };
  const said = { outcome: "response", status: fetched.status, statusText: anything, headers: anything };
  return { ...said, url, size: anything, text: textOf(fetched, method) };
}

/** A report's text: none of a long body, which the history does not hold, and nobody's of an answer to HEAD. */
function textOf({ body }: Fetched & { ok: true }, method: string | undefined): unknown {
  if (method === "HEAD") return anything;
  return typeof body !== "string" || Buffer.byteLength(body) > shownBytes ? null : body;
}

function* reportThenRecord(asked: Asked, token: string): Steps<unknown> {
  const said = yield* report(asked);
  yield* withTx((tx) => record(tx, token, { outcome: said.outcome }));
  return said;
}

function* accepted(url: string): Steps<Fetched & { ok: true }> {
  const fetched = yield* fetch(url);
  if (!fetched.ok) throw new FetchFailed(fetched.category);
  return fetched;
}

/** The module `web`. */
export const web: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", reducer((tx, { token }) => void record(tx, token))],
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
        return (yield* accepted(request.url)).status;
      }),
    ],
    [
      "passOn",
      procedure(function* ({ from, to }) {
        yield* accepted(from);
        const { status } = yield* accepted(to);
        return { size: anything, status };
      }),
    ],
    [
      "read",
      procedure(function* ({ url, readers }) {
        yield* accepted(url);
        return (readers as string[]).map(() => anything);
      }),
    ],
  ]),
};
