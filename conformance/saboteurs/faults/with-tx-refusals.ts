import type { Saboteur } from "../saboteur.ts";

/** Faults in what a call may do inside and outside of a transaction. */
export const withTxRefusalFaults: readonly Saboteur[] = [
  {
    name: "nested-transaction-joins-the-outer",
    fault: "A transaction that is begun inside another becomes a part of that one.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("begin another");`,
        replace: `    if (this.inTransaction && fired()) {
      this.nested = (this.nested ?? 0) + 1;
      return;
    }`,
      },
      {
        file: "worker/guest-call.ts",
        find: `    this.#transaction("commit");`,
        replace: `    this.#transaction("commit");
    if (this.nested > 0) {
      this.nested -= 1;
      return;
    }`,
      },
    ],
    kills: [{ requirement: "with-tx/nested-is-refused", reason: "wrong-category" }],
  },
  {
    name: "host-object-follows-the-running-call",
    fault:
      "A host object that was kept works for the call whose turn is running, not for the one that it was given to.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "  readonly #call: GuestCall;",
        replace: `  readonly #own: GuestCall;
  get #call(): GuestCall {
    const { running } = this.#own;
    return running !== null && running !== this.#own && fired() ? running : this.#own;
  }`,
      },
      { file: "worker/ts-host.ts", find: "    this.#call = call;", replace: "    this.#own = call;" },
      {
        file: "worker/guest-call.ts",
        find: "  /** Whether a host operation of this call is pending. */",
        replace: `  get running(): GuestCall | null {
    return this.#runtime.current;
  }
  /** Whether a host operation of this call is pending. */`,
      },
    ],
    // Through the host of another the transaction of a call is committed, and then what that call does in it is refused.
    kills: [{ requirement: "with-tx/leaked-handle-is-refused", reason: "call-failed" }],
  },
  {
    name: "fetch-from-a-reducer-traps",
    fault: "A fetch that a reducer issues is a trap, which its guest cannot handle.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    guest: "as",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#procedure("fetch");`,
        replace: `    if (this.reduces && fired()) throw new Error("a reducer cannot fetch");`,
      },
    ],
    kills: [{ requirement: "with-tx/fetch-inside-is-refused", reason: "call-failed" }],
  },
  {
    name: "fetch-inside-a-transaction-is-sent",
    fault: "A procedure may fetch while it has a transaction open.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("fetch");`,
        replace: "    if (this.inTransaction) fired();",
      },
    ],
    kills: [{ requirement: "with-tx/fetch-inside-is-refused", reason: "wrong-category" }],
  },
  {
    name: "sleep-inside-a-transaction-is-taken",
    fault: "A procedure may sleep while it has a transaction open, whatever the documentation says.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("sleep");`,
        replace: "    if (this.inTransaction) fired();",
      },
    ],
    kills: [{ requirement: "with-tx/sleep-inside-is-refused", reason: "wrong-category" }],
  },
  {
    name: "ending-no-transaction-is-no-error",
    fault: "A commit or an abort without an open transaction is taken and does nothing.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#transaction("commit");`,
        replace: "    if (!this.inTransaction && fired()) return;",
      },
      {
        file: "worker/guest-call.ts",
        find: `    this.#transaction("abort");`,
        replace: "    if (!this.inTransaction && fired()) return;",
      },
    ],
    kills: [
      { requirement: "with-tx/commit-without-begin", reason: "wrong-category" },
      { requirement: "with-tx/abort-without-begin", reason: "wrong-category" },
    ],
  },
  {
    name: "use-outside-is-a-transaction-by-itself",
    fault: "A procedure that uses a table without an open transaction has one of its own for that use alone.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `  #tables(what: string) {
    this.#alive();`,
        replace: `  #tables(what: string) {
    this.#alive();
    if (!this.reduces && !this.inTransaction && fired()) {
      this.begin();
      const { tables } = this.#runtime;
      const use = (name) => (...parts) => {
        try {
          const given = tables[name](...parts);
          this.commit();
          return given;
        } catch (error) {
          this.undo();
          throw error;
        }
      };
      return new Proxy(tables, { get: (_, name) => use(name) });
    }`,
      },
    ],
    kills: [
      { requirement: "with-tx/table-access-outside", reason: "wrong-category" },
      { requirement: "with-tx/nothing-written-after-the-callback", reason: "wrong-category" },
    ],
  },
  {
    name: "ended-call-keeps-its-host",
    fault: "The host object of a call works on after the call has ended.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    if (this.#closed) {\n      throw",
        replace: "    if (this.#closed && !fired()) {\n      throw",
      },
    ],
    kills: [
      { requirement: "with-tx/leaked-handle-is-refused", reason: "wrong-category" },
      { requirement: "registration/promise-from-sync-procedure-is-refused", reason: "unexpected-row" },
    ],
  },
  {
    name: "sleep-until-the-past-is-never-refused",
    fault: "Whether a sleep is allowed is asked only where there is a time to wait for.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#procedure("sleep");
    this.#noTransaction("sleep");`,
        replace:
          '    if (at <= this.#runtime.now() && (this.inTransaction || this.reduces) && fired()) return null;\n    this.#procedure("sleep");\n    this.#noTransaction("sleep");',
      },
    ],
    kills: [{ requirement: "with-tx/sleep-inside-is-refused", reason: "wrong-category" }],
  },
  {
    name: "reducer-may-commit-early",
    fault: "A reducer may commit the transaction that it is, and what it does afterwards is in none.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#procedure("commit a transaction");`,
        replace: "    if (this.reduces) fired();",
      },
    ],
    kills: [{ requirement: "with-tx/commit-without-begin", reason: "call-failed" }],
  },
  {
    name: "fetch-is-sent-before-it-is-refused",
    fault: "A fetch inside a transaction is refused only once its request is on the way.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("fetch");`,
        replace: "    const inside = this.inTransaction;",
      },
      {
        file: "worker/guest-call.ts",
        find: `    this.#runtime.post({ t: "fetch", n: this.spec.n, op, request: checked, body: sent });`,
        replace: `    this.#runtime.post({ t: "fetch", n: this.spec.n, op, request: checked, body: sent });
    if (inside && fired()) throw new Refusal(code.transactionOpen, "cannot fetch while this call has a transaction open");`,
      },
    ],
    kills: [{ requirement: "with-tx/fetch-inside-is-refused", reason: "unexpected-arrival" }],
  },
];
