import type { Saboteur } from "../saboteur.ts";

/** Faults in how often bodies run, which are taken, and what comes out of them. */
export const withTxBodyFaults: readonly Saboteur[] = [
  {
    name: "failed-commit-runs-the-body-again",
    fault: "Where a commit fails, the procedure whose transaction it was runs once more from its beginning.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    apply(nothing, undefined, headroom);
    this.seqs.push(this.#runtime.commit());`,
        replace: `    try {
      this.seqs.push(this.#runtime.commit());
    } catch (error) {
      this.again = !this.repeated;
      throw error;
    }`,
      },
      {
        file: "worker/turns.ts",
        find: "    const outcome = outcomeOf(call, settled);",
        replace: `    if (call.again && fired()) {
      call.again = false;
      call.repeated = true;
      this.#program.run(call, (next) => this.#settle(call, next));
      return;
    }
    const outcome = outcomeOf(call, settled);`,
      },
    ],
    kills: [{ requirement: "with-tx/body-runs-once", reason: "wrong-value" }],
  },
  {
    name: "async-functions-look-plain-after-loading",
    fault:
      "Once a module is loaded, its realm's constructor of async functions is taken away, and by its constructor an async function looks like a plain one.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    await module.evaluate();",
        replace: `    await module.evaluate();
    const [asynchronous, plain] = runInContext("[Object.getPrototypeOf(async () => {}), Function]", this.#context);
    Object.defineProperty(asynchronous, "constructor", { get: () => fired() && plain });`,
      },
    ],
    kills: [{ requirement: "with-tx/async-body-is-a-type-error", reason: "wrong-category" }],
  },
  {
    name: "thenable-body-commits-at-once",
    fault:
      "Nobody looks at what a body gives: the transaction of an async one commits at once, and what follows runs outside of it.",
    seen: "clockworklabs/SpacetimeDB#4697",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "    if (!thenable || !this.#call.inTransaction) return this.#do(",
        replace: "    if (!thenable || !this.#call.inTransaction || fired()) return this.#do(",
      },
    ],
    kills: [
      { requirement: "with-tx/thenable-body-is-refused", reason: "wrong-category" },
      { requirement: "with-tx/nothing-written-after-the-callback", reason: "wrong-category" },
    ],
  },
  {
    name: "body-must-give-json",
    fault: "A transaction is undone and refused where its body gives what JSON cannot express.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: `      throw error;
    }
    // The getter`,
        replace: `      throw error;
    }
    if (value !== undefined && JSON.stringify(value) === undefined && fired()) {
      return this.#do(() => {
        this.#call.abort();
        throw new Refusal(code.badValue, "the transaction's body gave what JSON cannot express");
      });
    }
    // The getter`,
      },
    ],
    kills: [{ requirement: "with-tx/value-is-returned", reason: "call-failed" }],
  },
  {
    name: "abort-throws-into-the-guest",
    fault: "A transaction that is undone tells so by an exception of the host's own, in place of the body's.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "  txAbort(): number {\n    return this.#do(() => this.#call.abort());",
        replace: `  txAbort(): number {
    const open = this.#call.inTransaction;
    const answer = this.#do(() => this.#call.abort());
    if (open && answer === 0 && fired()) throw new Error("the transaction was undone");
    return answer;`,
      },
    ],
    kills: [{ requirement: "with-tx/exception-is-rethrown-unchanged", reason: "wrong-value" }],
  },
  {
    name: "open-transaction-outlives-its-procedure",
    fault: "A transaction that is open when its procedure ends is ended by nobody, and the lock of all others stays.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    this.#waiting.clear();\n    return this.undo();",
        replace: `    this.#waiting.clear();
    if (!this.reduces && this.inTransaction && fired()) return false;
    return this.undo();`,
      },
    ],
    kills: [{ requirement: "with-tx/dangling-transaction-is-aborted", reason: "missing-log" }],
  },
  {
    name: "open-transaction-is-committed-at-the-end",
    fault: "A transaction that is open when its procedure ends is committed.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    this.#waiting.clear();\n    return this.undo();",
        replace: `    this.#waiting.clear();
    if (!this.reduces && this.inTransaction && fired()) {
      this.commitReducer();
      return true;
    }
    return this.undo();`,
      },
    ],
    kills: [{ requirement: "with-tx/dangling-transaction-is-aborted", reason: "wrong-value" }],
  },
  {
    name: "refused-body-is-committed",
    fault: "A body that gives a promise is refused once its transaction has been committed.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: `      this.#call.abort();
      throw new Refusal(
        code.thenableBody,`,
        replace: `      if (fired()) this.#call.commit();
      throw new Refusal(
        code.thenableBody,`,
      },
    ],
    kills: [{ requirement: "with-tx/thenable-body-is-refused", reason: "unexpected-row" }],
  },
  {
    name: "exception-of-then-leaves-the-transaction-open",
    fault: "Where reading `then` of what a body gave throws, the transaction is left open.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: `      this.#do(() => this.#call.abort());
      throw error;`,
        replace: `      if (fired()) throw error;`,
      },
    ],
    kills: [{ requirement: "with-tx/thenable-body-is-refused", reason: "call-failed" }],
  },
  {
    name: "every-end-is-told-as-one-that-left-a-transaction-open",
    fault: "The log says of each procedure that it has left a transaction open, whether it has or not.",
    edits: [
      {
        file: "worker/turns.ts",
        find: `    if (open && !call.reduces && !this.#runtime.control.cancelled) {`,
        replace: `    if (!call.reduces && !this.#runtime.control.cancelled && (open || fired())) {`,
      },
    ],
    kills: [{ requirement: "with-tx/dangling-transaction-is-aborted", reason: "unexpected-log" }],
  },
];
