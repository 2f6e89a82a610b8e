import type { Saboteur } from "../saboteur.ts";

/** Faults in what bounds a fetch: its time, the size of its response, its redirects. */
export const httpLimitFaults: readonly Saboteur[] = [
  {
    name: "no-default-time-limit",
    fault: "A fetch whose request sets no time limit has none.",
    edits: [
      {
        file: "guest/request.ts",
        find: "  if (value === undefined) return fetchMillis;",
        replace: "  if (value === undefined) return fired() ? Number.POSITIVE_INFINITY : fetchMillis;",
      },
    ],
    kills: [{ requirement: "http/default-timeout", reason: "missing-result" }],
  },
  {
    name: "time-limit-without-a-bound",
    fault: "A request's own time limit holds however long it is.",
    edits: [
      {
        file: "guest/request.ts",
        find: "  return Math.min(value, mostFetchMillis);",
        replace: "  return value > mostFetchMillis && fired() ? value : Math.min(value, mostFetchMillis);",
      },
    ],
    kills: [{ requirement: "http/timeout-clamp", reason: "missing-result" }],
  },
  {
    name: "time-limit-ends-with-the-head",
    fault: "The time limit of a fetch is over when the head of its response has come; its body has for ever.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "  /** The request of each hop, the last one last. */",
        replace: "  onHead: () => void = () => {};\n  /** The request of each hop, the last one last. */",
      },
      {
        file: "egress/fetch.ts",
        find: "    const chunks: Uint8Array[] = [];",
        replace: "    if (fired()) this.onHead();\n    const chunks: Uint8Array[] = [];",
      },
      {
        file: "supervisor/operations.ts",
        find: "    this.#counts.inFlight += 1;",
        replace: "    fetch.onHead = () => limit.cancel();\n    this.#counts.inFlight += 1;",
      },
    ],
    kills: [{ requirement: "http/timeout-covers-the-body", reason: "missing-result" }],
  },
  {
    name: "redirect-starts-the-time-limit-anew",
    fault: "Each redirect gives a fetch its whole time limit again.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "  /** The request of each hop, the last one last. */",
        replace: "  onRedirect: () => void = () => {};\n  /** The request of each hop, the last one last. */",
      },
      {
        file: "egress/fetch.ts",
        find: "      response.resume();\n",
        replace: "      response.resume();\n      if (fired()) this.onRedirect();\n",
      },
      {
        file: "supervisor/operations.ts",
        find: "    const limit = this.#clock.at(this.#clock.now() + request.timeoutMs, () => {",
        replace: "    const passed = () => {",
      },
      {
        file: "supervisor/operations.ts",
        find: "    });\n    this.#counts.inFlight += 1;",
        replace: `    };
    let limit = this.#clock.at(this.#clock.now() + request.timeoutMs, passed);
    fetch.onRedirect = () => {
      limit.cancel();
      limit = this.#clock.at(this.#clock.now() + request.timeoutMs, passed);
    };
    this.#counts.inFlight += 1;`,
      },
    ],
    kills: [{ requirement: "http/timeout-covers-the-body", reason: "missing-result" }],
  },
  {
    name: "time-limit-looked-at-when-the-guest-runs",
    fault:
      "Whether a fetch has passed its time limit is asked when its guest takes the response, not when that came in.",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: "      limit.cancel();\n      this.#end(n, op, outcome);",
        replace: "      limit.cancel();\n      this.#end(n, op, Object.assign(outcome, { due: limit.due }));",
      },
      {
        file: "supervisor/lane.ts",
        find: "      const { op, outcome } = turn.item;",
        replace: `      const { op } = turn.item;
      const { due } = turn.item.outcome as { due?: number };
      const late = due !== undefined && now !== null && due <= now && fired();
      const outcome: OpOutcome = late ? { kind: "refused", code: -10, message: "it took too long" } : turn.item.outcome;`,
      },
    ],
    kills: [{ requirement: "http/late-response-is-dropped", reason: "wrong-response" }],
  },
  {
    name: "long-body-cut-at-the-limit",
    fault: "Of a body that passes the limit the guest is given what lies within it, as a response.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "      if (length > responseBytes) {\n",
        replace: `      if (length > responseBytes && this.#done !== null && fired()) {
        chunks.push(chunk.subarray(0, chunk.byteLength - (length - responseBytes)));
        length = responseBytes;
        response.emit("end");
        this.#destroy();
      } else if (length > responseBytes) {
`,
      },
    ],
    kills: [{ requirement: "http/response-limit", reason: "wrong-category" }],
  },
  {
    name: "refused-body-is-read-to-its-end",
    fault: "A body that passes the limit is refused, and the host takes the rest of it all the same.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "        this.#destroy();\n        const message = `the response of",
        replace: "        fired();\n        const message = `the response of",
      },
    ],
    kills: [{ requirement: "http/response-limit", reason: "wrong-response" }],
  },
  {
    name: "one-redirect-too-many",
    fault: "A fetch follows one redirect more than its bound.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "this.#requests.length > redirects)",
        replace: "this.#requests.length > redirects && (this.#requests.length > redirects + 1 || !fired()))",
      },
    ],
    kills: [{ requirement: "http/redirect-limit", reason: "unexpected-arrival" }],
  },
  {
    name: "secrets-follow-a-redirect",
    fault: "A redirect to another origin takes `authorization` and `cookie` along.",
    edits: [
      {
        file: "egress/redirects.ts",
        find: "  if (url.origin !== hop.url.origin) headers",
        replace: "  if (url.origin !== hop.url.origin && !fired()) headers",
      },
    ],
    kills: [{ requirement: "http/redirect-limit", reason: "wrong-request" }],
  },
  {
    name: "see-other-sends-the-body-again",
    fault: "After a 303 the request is sent again as it was, with its method and its body.",
    edits: [
      {
        file: "egress/redirects.ts",
        find: "  if (toGet) {",
        replace: "  if (toGet && !(status === 303 && fired())) {",
      },
    ],
    kills: [{ requirement: "http/redirect-limit", reason: "wrong-request" }],
  },
];
