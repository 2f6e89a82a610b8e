/** A refusal that the contract demands, and the saboteurs on both sides of its guard, by name: a check of one side alone could be met by refusing nothing, or all. */
export interface Refusal {
  readonly requirement: string;
  /** What lets through what is to be refused, or refuses it too late or as something else. */
  readonly lenient: readonly string[];
  /** What refuses what stands beside it and is to be accepted; or why no host can. */
  readonly strict: readonly string[] | { readonly none: string };
}

/** Every refusal of the contract. */
export const refusals: readonly Refusal[] = [
  {
    requirement: "errors/bad-arguments",
    lenient: ["text-is-taken-for-a-number"],
    strict: ["empty-text-is-missing"],
  },
  {
    requirement: "errors/unserializable-result",
    lenient: ["reducer-is-committed-before-its-result-is-read"],
    strict: ["nothing-is-no-result"],
  },
  {
    requirement: "http/invalid-request-is-refused",
    lenient: ["bad-method-ends-the-host", "header-values-mended-in-silence"],
    strict: ["common-methods-alone"],
  },
  {
    requirement: "http/redirect-limit",
    lenient: ["one-redirect-too-many"],
    strict: ["one-redirect-too-few"],
  },
  {
    requirement: "http/response-limit",
    lenient: ["long-body-cut-at-the-limit"],
    strict: ["body-of-the-bound-is-refused"],
  },
  {
    requirement: "http/special-addresses-are-refused",
    lenient: [
      "written-out-addresses-unchecked",
      "answers-to-names-unchecked",
      "redirect-targets-unchecked",
      "allowed-hosts-with-every-port",
    ],
    strict: ["redirects-to-public-addresses-alone"],
  },
  {
    requirement: "http/timeout-clamp",
    lenient: ["time-limit-without-a-bound"],
    strict: ["long-time-limits-are-refused"],
  },
  {
    requirement: "isolation/unique-key-violation-rolls-back",
    lenient: ["insert-replaces"],
    strict: ["refused-insert-closes-its-transaction"],
  },
  {
    requirement: "registration/async-reducer-is-refused",
    lenient: ["reducer-that-gives-a-promise-is-committed", "reducer-may-have-a-mode"],
    strict: ["plain-functions-look-like-generators-after-loading"],
  },
  {
    requirement: "registration/duplicate-names-are-refused",
    lenient: ["two-functions-may-have-one-name"],
    strict: ["names-that-differ-by-case-are-one"],
  },
  {
    requirement: "registration/generator-procedures-are-refused",
    lenient: ["generator-functions-look-plain"],
    strict: ["plain-functions-look-like-generators-after-loading"],
  },
  {
    requirement: "registration/module-describes-itself",
    lenient: ["names-of-any-length"],
    strict: ["longest-names-are-refused"],
  },
  {
    requirement: "registration/promise-from-sync-procedure-is-refused",
    lenient: ["promise-goes-to-the-serializer", "ended-call-keeps-its-host"],
    strict: {
      none: "a result crosses as JSON text, so that what is no thenable never comes before the guard as an object",
    },
  },
  {
    requirement: "resources/in-flight-cap",
    lenient: ["held-calls-take-no-place"],
    strict: ["ended-calls-keep-their-places"],
  },
  {
    requirement: "resources/memory-cap-per-instance",
    lenient: ["memory-bound-ignored", "linear-memory-without-a-bound"],
    strict: ["memory-bound-in-bits"],
  },
  {
    requirement: "resources/request-queue-cap",
    lenient: ["queue-without-a-bound"],
    strict: ["scheduled-calls-queue-with-clients"],
  },
  {
    requirement: "values/results-are-complete",
    lenient: ["bounds-count-characters"],
    strict: ["text-of-the-bound-is-refused"],
  },
  {
    requirement: "values/strings-round-trip",
    lenient: ["lone-surrogate-is-replaced"],
    strict: ["surrogate-pairs-are-refused"],
  },
  {
    requirement: "with-tx/abort-without-begin",
    lenient: ["ending-no-transaction-is-no-error"],
    strict: ["refused-end-spoils-its-call"],
  },
  {
    requirement: "with-tx/async-body-is-a-type-error",
    lenient: ["async-functions-look-plain-after-loading"],
    strict: ["plain-functions-look-async-after-loading"],
  },
  {
    requirement: "with-tx/commit-without-begin",
    lenient: ["ending-no-transaction-is-no-error", "reducer-may-commit-early"],
    strict: ["refused-end-spoils-its-call"],
  },
  {
    requirement: "with-tx/fetch-inside-is-refused",
    lenient: ["fetch-inside-a-transaction-is-sent", "fetch-is-sent-before-it-is-refused"],
    strict: ["fetch-from-a-reducer-traps", "no-yield-after-a-transaction"],
  },
  {
    requirement: "with-tx/leaked-handle-is-refused",
    lenient: ["host-object-follows-the-running-call", "ended-call-keeps-its-host"],
    strict: ["host-of-the-newest-call-alone"],
  },
  {
    requirement: "with-tx/nested-is-refused",
    lenient: ["nested-transaction-joins-the-outer"],
    strict: ["one-transaction-for-a-call"],
  },
  {
    requirement: "with-tx/sleep-inside-is-refused",
    lenient: ["sleep-inside-a-transaction-is-taken", "sleep-until-the-past-is-never-refused"],
    strict: ["no-yield-after-a-transaction"],
  },
  {
    requirement: "with-tx/table-access-outside",
    lenient: ["use-outside-is-a-transaction-by-itself"],
    strict: ["refused-end-spoils-its-call"],
  },
  {
    requirement: "with-tx/thenable-body-is-refused",
    lenient: ["thenable-body-commits-at-once", "refused-body-is-committed"],
    strict: ["whatever-has-a-then-is-a-thenable"],
  },
];
