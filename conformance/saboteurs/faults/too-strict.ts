import type { Saboteur } from "../saboteur.ts";

/** Faults of guards that refuse what they should let pass: what stands beside a refusal has to be accepted. */
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
    kills: [{ requirement: "http/request-round-trips", reason: "not-concurrent" }],
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
];
