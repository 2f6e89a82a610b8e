import type { Kill } from "../saboteur.ts";

/** An adapter that lies of its host. */
export interface LyingAdapter {
  /** Its name among `liars`. */
  readonly name: string;
  /** What it says that is not so: one sentence. */
  readonly fault: string;
  /** What finds it: never empty. */
  readonly kills: readonly Kill[];
}

/** A requirement that any host can be asked for, for lies that show before any scenario. */
const any = "ordering/commit-before-result";

/** Every lying adapter. */
export const lyingAdapters: readonly LyingAdapter[] = [
  {
    name: "every-call-succeeds",
    fault: "Each call is told as returned, and none is made.",
    kills: [{ requirement: "ordering/reducers-in-submission-order", reason: "wrong-order" }],
  },
  {
    name: "arguments-come-back-as-results",
    fault: "What a call was given is told as its result.",
    kills: [
      { requirement: "values/strings-round-trip", reason: "wrong-value" },
      { requirement: "isolation/read-your-writes", reason: "wrong-value" },
      { requirement: "isolation/atomic-visibility", reason: "not-serializable" },
    ],
  },
  {
    name: "capability-that-is-not-there",
    fault: "The host is said to have durable modules, and has none.",
    kills: [{ requirement: any, reason: "host-liar" }],
  },
  {
    name: "capability-that-is-hidden",
    fault: "The host is said not to step, and does: so that nothing is asked of it that steps.",
    kills: [{ requirement: any, reason: "host-liar" }],
  },
  {
    name: "unknown-methods-are-answered",
    fault: "A method that the host does not know is answered by an empty result.",
    kills: [{ requirement: any, reason: "host-liar" }],
  },
  {
    name: "answers-of-another-run",
    fault: "The greeting is that of another run.",
    kills: [{ requirement: any, reason: "host-liar" }],
  },
  {
    name: "results-of-two-calls-exchanged",
    fault: "Of two calls in flight each is told the result of the other.",
    kills: [{ requirement: "ordering/response-reaches-its-caller", reason: "wrong-response" }],
  },
  {
    name: "rows-that-nobody-wrote",
    fault: "A reader is told of a row that no transaction has written.",
    kills: [{ requirement: "errors/throw-rolls-back-and-reaches-the-caller", reason: "unexpected-row" }],
  },
  {
    name: "rows-in-another-order",
    fault: "A reader is told of the rows from the last to the first.",
    kills: [{ requirement: "values/keys-in-code-point-order", reason: "wrong-order" }],
  },
  {
    name: "rows-that-are-kept-back",
    fault: "A reader is not told of the last row.",
    kills: [
      { requirement: any, reason: "missing-row" },
      { requirement: "isolation/no-foreign-turn-inside-transaction", reason: "vacuous" },
    ],
  },
  {
    name: "numbers-one-too-high",
    fault: "A reader is told of each number in a row as one more.",
    kills: [{ requirement: any, reason: "wrong-row", finding: "misplaced" }],
  },
  {
    name: "commits-that-never-were",
    fault: "A call is told to have committed once more than it has.",
    kills: [{ requirement: any, reason: "not-in-model" }],
  },
  {
    name: "quiet-at-once",
    fault: "The host is said to be quiet, with no fetch in flight, whatever it does.",
    kills: [{ requirement: "concurrency/n-procedures-held-at-once", reason: "not-concurrent" }],
  },
];
