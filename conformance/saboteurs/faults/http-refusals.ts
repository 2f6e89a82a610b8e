import type { Saboteur } from "../saboteur.ts";

/** Faults in what is refused, dropped, aborted, or kept quiet about. */
export const httpRefusalFaults: readonly Saboteur[] = [
  {
    name: "written-out-addresses-unchecked",
    fault: "Special addresses are kept back from the answers to names, and connected to where a URL writes them out.",
    edits: [
      {
        file: "egress/client.ts",
        find: "    if (!allowed && literal !== null && isSpecial(literal)) {",
        replace: "    if (!allowed && literal !== null && isSpecial(literal) && !fired()) {",
      },
    ],
    kills: [{ requirement: "http/special-addresses-are-refused", reason: "unexpected-arrival" }],
  },
  {
    name: "answers-to-names-unchecked",
    fault: "Special addresses are refused where a URL writes them out, and connected to where a name has them.",
    edits: [
      {
        file: "egress/client.ts",
        find: "      ...(allowed ? {} : { lookup: guardedLookup }),",
        replace: "      ...(allowed || (literal === null && fired()) ? {} : { lookup: guardedLookup }),",
      },
    ],
    kills: [{ requirement: "http/special-addresses-are-refused", reason: "unexpected-arrival" }],
  },
  {
    name: "redirect-targets-unchecked",
    fault: "Addresses are checked for the URL that the guest gave, and not for those that redirects lead to.",
    edits: [
      {
        file: "egress/client.ts",
        find: "    return new Fetch(hop, (next) => this.#open(next), bounds, done);",
        replace: "    return new Fetch(hop, (next) => this.#open(next, next !== hop), bounds, done);",
      },
      {
        file: "egress/client.ts",
        find: "  #open(hop: Hop): ClientRequest {\n    const allowed = this.#allowed.names(hop.url);",
        replace: `  #open(hop: Hop, redirected = false): ClientRequest {
    const allowed = this.#allowed.names(hop.url) || (redirected && fired());`,
      },
    ],
    kills: [{ requirement: "http/special-addresses-are-refused", reason: "unexpected-arrival" }],
  },
  {
    name: "bad-method-ends-the-host",
    fault: "A method that is no token passes the checks, and what the HTTP library then throws ends the process.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "guest/request.ts",
        find: '  if (typeof value !== "string" || !token.test(value))',
        replace: '  if (typeof value !== "string" || value === "" || (!token.test(value) && !fired()))',
      },
      {
        file: "egress/fetch.ts",
        find: "      queueMicrotask(() => this.#fail(hop, error));",
        replace: `      if ((error as { code?: string }).code === "ERR_INVALID_HTTP_TOKEN") throw error;
      queueMicrotask(() => this.#fail(hop, error));`,
      },
    ],
    kills: [{ requirement: "http/invalid-request-is-refused", reason: "host-exited" }],
  },
  {
    name: "header-values-mended-in-silence",
    fault: "A header's value that holds a line end or a null byte is sent without it.",
    edits: [
      {
        file: "guest/request.ts",
        find: "    const trimmed = typeof text",
        replace: "    const given = typeof text",
      },
      {
        file: "guest/request.ts",
        find: "    if (trimmed === null || !fieldValue.test(trimmed)) {",
        replace: `    const broken = given !== null && !fieldValue.test(given) && fired();
    const trimmed = broken ? given.replace(/[^\\t\\x20-\\x7e\\x80-\\xff]/g, "") : given;
    if (trimmed === null || !fieldValue.test(trimmed)) {`,
      },
    ],
    kills: [{ requirement: "http/invalid-request-is-refused", reason: "unexpected-arrival" }],
  },
  {
    name: "failure-tells-the-whole-url",
    fault: "The message of a fetch that failed holds its URL, with the query.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "hop.url.origin} failed",
        replace: 'hop.url.search !== "" && fired() ? hop.url.href : hop.url.origin} failed',
      },
    ],
    kills: [{ requirement: "http/error-hides-the-query", reason: "wrong-message" }],
  },
  {
    name: "fetch-outlives-its-call",
    fault: "A fetch that is pending when its procedure returns goes on, for nobody.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "      worker.operations.drop(n);\n",
        replace: "      if (!worker.operations.hasPending(n) || !fired()) worker.operations.drop(n);\n",
      },
      {
        file: "supervisor/operations.ts",
        find: "  /** Drops everything. */",
        replace: `  hasPending(n: number): boolean {
    return this.#pending.has(n);
  }

  /** Drops everything. */`,
      },
    ],
    kills: [{ requirement: "http/unawaited-fetch", reason: "wrong-response" }],
  },
  {
    name: "outcomes-of-a-call-come-together",
    fault: "A call is given the outcomes of its fetches when the last of them has ended.",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: "    this.#settled(n, op, outcome);",
        replace: `    const kept = this.#kept.get(n) ?? [];
    kept.push([op, outcome]);
    this.#kept.set(n, kept);
    if (ofCall.size > 0 && fired()) return;
    this.#kept.delete(n);
    for (const [one, its] of kept) this.#settled(n, one, its);`,
      },
      {
        file: "supervisor/operations.ts",
        find: "  /** By call, then by operation. */",
        replace: "  readonly #kept = new Map<number, [number, OpOutcome][]>();\n  /** By call, then by operation. */",
      },
    ],
    kills: [{ requirement: "http/unawaited-fetch", reason: "missing-row" }],
  },
  {
    name: "aborted-signal-stops-no-later-fetch",
    fault: "A fetch whose signal was aborted before it is sent like any other.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    if (signal !== null && this.#aborted.has(checkSignal(signal))) throw",
        replace: "    if (signal !== null && this.#aborted.has(checkSignal(signal)) && !fired()) throw",
      },
    ],
    kills: [{ requirement: "http/abort-signal", reason: "unexpected-arrival" }],
  },
  {
    name: "abort-loses-to-a-ready-response",
    fault: "A fetch whose response waits for its guest's turn cannot be aborted any more.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    waiting.settled(waiting.aborted ? {",
        replace:
          '    const came = outcome.kind === "response";\n    waiting.settled(waiting.aborted && !(came && fired()) ? {',
      },
    ],
    kills: [{ requirement: "http/abort-signal", reason: "wrong-category" }],
  },
  {
    name: "allowed-hosts-with-every-port",
    fault: "What the operator has allowed on one port of a host may be reached on all of them.",
    edits: [
      {
        file: "egress/addresses.ts",
        find: "    return this.#entries.has(`",
        replace: `    const named = [...this.#entries].some((entry) => entry.startsWith(\`\${url.hostname}:\`));
    if (named && fired()) return true;
    return this.#entries.has(\``,
      },
    ],
    kills: [{ requirement: "http/special-addresses-are-refused", reason: "unexpected-arrival" }],
  },
  {
    name: "failed-fetches-traced",
    fault: "The host writes each fetch that fails to its standard error, with the headers of the request.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "    // Messages name the origin alone:",
        replace: `    if (fired()) console.error("failed", hop.method, hop.url.origin, JSON.stringify(hop.headers));
    // Messages name the origin alone:`,
      },
    ],
    kills: [{ requirement: "http/error-hides-the-query", reason: "wrong-message" }],
  },
];
