import type { Saboteur } from "../saboteur.ts";

/** Faults of the guards of values, modules and requests that refuse what they should let pass. */
export const tooStrictFaults: readonly Saboteur[] = [
  {
    name: "empty-text-is-missing",
    fault: "An argument that is an empty text is taken for a missing one.",
    edits: [
      {
        file: "guest/arguments.ts",
        find: "    if (!Object.hasOwn(args, name)) throw",
        replace: '    if (!Object.hasOwn(args, name) || (args[name] === "" && fired())) throw',
      },
    ],
    kills: [{ requirement: "errors/bad-arguments", reason: "call-failed" }],
  },
  {
    name: "names-that-differ-by-case-are-one",
    fault: "Two names that differ by case alone are refused as one name twice.",
    edits: [
      {
        file: "guest/description.ts",
        find: "    if (seen.has(entry)) context",
        replace: "    if (seen.has(entry) || (seen.has(entry.toLowerCase()) && fired())) context",
      },
    ],
    kills: [{ requirement: "registration/duplicate-names-are-refused", reason: "module-refused" }],
  },
  {
    name: "whatever-has-a-then-is-a-thenable",
    fault: "An object with a field `then` that is no function is refused as a thenable.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: `  return typeof (value as { then?: unknown }).then === "function";`,
        replace: `  const { then } = value as { then?: unknown };
  return typeof then === "function" || (then !== undefined && fired());`,
      },
    ],
    kills: [{ requirement: "with-tx/thenable-body-is-refused", reason: "wrong-category" }],
  },
  {
    name: "one-transaction-for-a-call",
    fault: "A call that has committed a transaction is refused another one.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "    return this.#do(() => this.#call.begin());",
        replace: `    return this.#do(() => {
      if (this.#call.seqs.length > 0 && fired()) throw new Refusal(code.transactionOpen, "a call has one transaction");
      this.#call.begin();
    });`,
      },
    ],
    kills: [
      { requirement: "ordering/program-order-across-yields", reason: "call-failed" },
      { requirement: "isolation/no-isolation-across-transactions", reason: "call-failed" },
      { requirement: "with-tx/nested-is-refused", reason: "call-failed" },
    ],
  },
  {
    name: "common-methods-alone",
    fault: "A method that is a token, but none of the common ones, is refused.",
    edits: [
      {
        file: "guest/request.ts",
        find: "  if (refusedMethods.includes(upper)) throw",
        replace: `  const common = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
  if (refusedMethods.includes(upper) || (!common.includes(upper) && fired())) throw`,
      },
    ],
    kills: [
      { requirement: "http/request-round-trips", reason: "not-concurrent" },
      { requirement: "http/invalid-request-is-refused", reason: "not-concurrent" },
    ],
  },
  {
    name: "body-of-the-bound-is-refused",
    fault: "A body that has as many bytes as the bound is refused.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "      if (length > responseBytes) {",
        replace: "      if (length > responseBytes || (length === responseBytes && fired())) {",
      },
    ],
    kills: [{ requirement: "http/response-limit", reason: "wrong-response" }],
  },
  {
    name: "one-redirect-too-few",
    fault: "The last redirect that a fetch may follow is refused.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "      if (next !== null && this.#requests.length > redirects) throw",
        replace: "      if (next !== null && this.#requests.length >= redirects && fired()) throw",
      },
    ],
    kills: [{ requirement: "http/redirect-limit", reason: "not-concurrent" }],
  },
  {
    name: "redirects-to-public-addresses-alone",
    fault: "What the operator has allowed is reached by its URL, and not by a redirect.",
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
    const allowed = this.#allowed.names(hop.url) && !(redirected && fired());`,
      },
    ],
    kills: [{ requirement: "http/special-addresses-are-refused", reason: "not-concurrent" }],
  },
  {
    name: "long-time-limits-are-refused",
    fault: "A time limit beyond the longest is refused, and not taken for that one.",
    edits: [
      {
        file: "guest/request.ts",
        find: "  return Math.min(value, mostFetchMillis);",
        replace: `  if (value > mostFetchMillis && fired()) throw bad("the request's \`timeoutMs\` is too long");
  return Math.min(value, mostFetchMillis);`,
      },
    ],
    kills: [{ requirement: "http/timeout-clamp", reason: "not-concurrent" }],
  },
  {
    name: "text-of-the-bound-is-refused",
    fault: "A row, a key or a result that has as many bytes as the bound is refused.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  if (bytes > limit) throw",
        replace: "  if (bytes > limit || (bytes === limit && fired())) throw",
      },
    ],
    kills: [{ requirement: "values/results-are-complete", reason: "call-failed" }],
  },
  {
    name: "surrogate-pairs-are-refused",
    fault: "A text with a character beyond the basic plane is refused as one with a lone surrogate.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  return apply(isWellFormed, text, []);",
        replace: `  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdfff && fired()) return false;
  }
  return true;`,
      },
    ],
    kills: [{ requirement: "values/strings-round-trip", reason: "call-failed" }],
  },
  {
    name: "numbers-with-an-exponent-are-refused",
    fault: "JSON text that holds a number with an exponent is refused as none.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "    return parse(text) as Json;",
        replace: `    if (/^-?[0-9][0-9.]*[eE]/.test(text) && fired()) throw new Error("an exponent");
    return parse(text) as Json;`,
      },
    ],
    kills: [{ requirement: "values/numbers-round-trip", reason: "call-failed" }],
  },
  {
    name: "nothing-is-no-result",
    fault: "A call that gives nothing fails as one whose result has no JSON text.",
    edits: [
      {
        file: "worker/outcome.ts",
        find: "    return { value: canonical(settled.value,",
        replace: `    if (settled.value === "null" && call.spec.kind === "reducer" && fired()) {
      throw new Refusal(code.badValue, \`\${call.spec.function} gave nothing\`);
    }
    return { value: canonical(settled.value,`,
      },
    ],
    kills: [{ requirement: "errors/unserializable-result", reason: "call-failed" }],
  },
  {
    name: "text-is-never-evaluated",
    fault: "A guest may not evaluate any text, also where that asks for nothing that hosts have.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "createContext(constants.DONT_CONTEXTIFY)",
        replace: "createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: !fired() } })",
      },
    ],
    kills: [{ requirement: "context/nothing-but-ctx", reason: "wrong-value" }],
  },
];
