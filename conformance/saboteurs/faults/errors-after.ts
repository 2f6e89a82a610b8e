import type { Saboteur } from "../saboteur.ts";

/** Faults in what a failure leaves behind, for its own call and for others. */
export const afterFailureFaults: readonly Saboteur[] = [
  {
    name: "failed-reducer-is-committed",
    fault: "A reducer that throws is committed as far as it came.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "    const outcome = outcomeOf(call, settled);",
        replace: `    const outcome = outcomeOf(call, settled);
    if (call.reduces && "thrown" in settled && fired()) call.commitReducer();`,
      },
    ],
    kills: [
      { requirement: "errors/throw-rolls-back-and-reaches-the-caller", reason: "unexpected-row" },
      { requirement: "errors/failing-reducer-leaves-lane-usable", reason: "unexpected-row" },
    ],
  },
  {
    name: "failed-call-takes-its-instance-with-it",
    fault: "The instance in which a call has failed is thrown away, with all calls that are held in it.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "    this.#module.ended(guest.worker, ended);",
        replace: `    this.#module.ended(guest.worker, ended);
    const broken = ended.some(({ outcome }) => "category" in outcome && outcome.category === "guest-error");
    if (broken && fired()) guest.worker.fail({ category: "lane-lost", message: "a call failed in it" });`,
      },
    ],
    kills: [
      { requirement: "errors/failing-procedure-leaves-others-held-unharmed", reason: "call-failed" },
      { requirement: "errors/failing-reducer-leaves-lane-usable", reason: "call-failed" },
    ],
  },
  {
    name: "undone-transaction-stays-open",
    fault: "A transaction that its procedure has aborted is undone only when the call ends, and open until then.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#transaction("abort");
    this.#runtime.rollback();`,
        replace: `    this.#transaction("abort");
    fired();`,
      },
    ],
    kills: [{ requirement: "errors/catch-then-new-transaction-commits", reason: "call-failed" }],
  },
  {
    name: "failed-call-reports-no-commits",
    fault: "A call that fails does not report the transactions that it had committed.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "    this.#ended.push({ n: call.spec.n, outcome, seqs: call.seqs });",
        replace: `    const hidden = "category" in outcome && call.seqs.length > 0 && fired();
    this.#ended.push({ n: call.spec.n, outcome, seqs: hidden ? [] : call.seqs });`,
      },
    ],
    kills: [{ requirement: "errors/failure-keeps-earlier-commits", reason: "wrong-value" }],
  },
  {
    name: "reducer-is-committed-before-its-result-is-read",
    fault: "A reducer is committed when its guest has returned, before anybody looks whether its result is JSON.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "    const outcome = outcomeOf(call, settled);",
        replace: `    const outcome = outcomeOf(call, settled);
    if (call.reduces && "value" in settled && "category" in outcome && fired()) call.commitReducer();`,
      },
    ],
    kills: [{ requirement: "errors/unserializable-result", reason: "unexpected-row" }],
  },
  {
    name: "nobody-looks-for-stalled-calls",
    fault: "A procedure of which nothing is pending any more stays in flight for ever.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "      if (!call.waits) {",
        replace: "      if (!call.waits && !fired()) {",
      },
    ],
    kills: [{ requirement: "errors/never-settling-procedure-is-ended", reason: "missing-result" }],
  },
  {
    name: "no-time-budget-on-the-blocking-path",
    fault: "A procedure that has a thread of its own has no time budget: an endless loop runs for ever.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "supervisor/guest-worker.ts",
        find: `      this.fail({ category: "budget", message:`,
        replace: `      if (start.role === "pool" && fired()) return;
      this.fail({ category: "budget", message:`,
      },
    ],
    kills: [{ requirement: "errors/termination-kills-one", reason: "silence" }],
  },
  {
    name: "whole-lane-is-told-the-culprits-error",
    fault: "Calls that were held in the instance of one that was stopped are told that they were stopped themselves.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: `      this.end(call.spec.n, { outcome: { category: "lane-lost", message: text }, seqs });`,
        replace: `      if (culprit !== null) fired();
      this.end(call.spec.n, { outcome: { category: culprit === null ? "lane-lost" : category, message: text }, seqs });`,
      },
    ],
    kills: [
      { requirement: "errors/termination-kills-one", reason: "wrong-category" },
      { requirement: "errors/heap-exhaustion-is-contained", reason: "wrong-category" },
    ],
  },
  {
    name: "exhausted-heap-ends-the-host",
    fault: "Where a guest's heap is exhausted nobody catches the engine's error, and the process ends.",
    seen: "clockworklabs/SpacetimeDB#4684",
    edits: [
      {
        file: "supervisor/guest-worker.ts",
        find: `      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {`,
        replace: `      if (error.code === "ERR_WORKER_OUT_OF_MEMORY" && fired()) throw error;
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {`,
      },
    ],
    kills: [{ requirement: "errors/heap-exhaustion-is-contained", reason: "host-exited" }],
  },
  {
    name: "stalled-while-an-older-fetch-is-pending",
    fault: "A procedure is taken for stalled where the turn that is over has begun nothing to wait for.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    this.#waiting.set(op, {",
        replace: "    this.begun = true;\n    this.#waiting.set(op, {",
      },
      {
        file: "worker/turns.ts",
        find: "    call?.settle(op, outcome);",
        replace: "    if (call !== null) call.begun = false;\n    call?.settle(op, outcome);",
      },
      {
        file: "worker/turns.ts",
        find: "      if (!call.waits) {",
        replace: "      if (!call.waits || (!call.begun && fired())) {",
      },
    ],
    kills: [{ requirement: "errors/never-settling-procedure-is-ended", reason: "call-failed" }],
  },
];
