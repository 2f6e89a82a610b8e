import type { Saboteur } from "../saboteur.ts";

/** Faults of the guards of calls, transactions and functions that refuse what they should let pass. */
export const tooStrictCallFaults: readonly Saboteur[] = [
  {
    name: "refused-end-spoils-its-call",
    fault: "A call that used a transaction where it had none is refused every transaction that it begins afterwards.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    if (!this.inTransaction) {
      throw`,
        replace: `    if (!this.inTransaction) {
      this.spoilt = true;
      throw`,
      },
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("begin another");`,
        replace: `    this.#noTransaction("begin another");
    if (this.spoilt && fired()) throw new Refusal(code.noTransaction, "this call has used a transaction that it had not");`,
      },
    ],
    kills: [
      { requirement: "with-tx/abort-without-begin", reason: "call-failed" },
      { requirement: "with-tx/commit-without-begin", reason: "call-failed" },
      { requirement: "with-tx/table-access-outside", reason: "call-failed" },
    ],
  },
  {
    name: "no-yield-after-a-transaction",
    fault: "A call that has committed a transaction is refused what yields, as if that were open.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("fetch");`,
        replace: `    this.#noTransaction("fetch");
    if (this.seqs.length > 0 && fired()) throw new Refusal(code.transactionOpen, "cannot fetch after a transaction");`,
      },
      {
        file: "worker/guest-call.ts",
        find: `    this.#noTransaction("sleep");`,
        replace: `    this.#noTransaction("sleep");
    if (this.seqs.length > 0 && fired()) throw new Refusal(code.transactionOpen, "cannot sleep after a transaction");`,
      },
    ],
    kills: [
      { requirement: "with-tx/fetch-inside-is-refused", reason: "call-failed" },
      { requirement: "with-tx/sleep-inside-is-refused", reason: "call-failed" },
    ],
  },
  {
    name: "host-of-the-newest-call-alone",
    fault: "The host object of a call is refused once another call has begun, as if its own had ended.",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "    this.#call = call;",
        replace: `    this.#call = call;
    newest = call;`,
      },
      {
        file: "worker/ts-host.ts",
        find: "const { apply } = Reflect;",
        replace: "let newest: GuestCall | null = null;\nconst { apply } = Reflect;",
      },
      {
        file: "worker/ts-host.ts",
        find: "    return this.#do(() => this.#call.begin());",
        replace: `    return this.#do(() => {
      if (newest !== this.#call && fired()) throw new Refusal(code.handleClosed, "the host of a call is used after it");
      this.#call.begin();
    });`,
      },
    ],
    kills: [{ requirement: "with-tx/leaked-handle-is-refused", reason: "wrong-category" }],
  },
  {
    name: "generator-functions-look-plain",
    fault: "In a guest's realm the constructor of generator functions is that of plain ones.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    await module.evaluate();",
        replace: `    const [generators, plain] = runInContext("[Object.getPrototypeOf(function* () {}), Function]", this.#context);
    Object.defineProperty(generators, "constructor", { get: () => fired() && plain });
    await module.evaluate();`,
      },
    ],
    kills: [{ requirement: "registration/generator-procedures-are-refused", reason: "module-loaded" }],
  },
  {
    name: "plain-functions-look-like-generators-after-loading",
    fault:
      "Once a module is loaded, the constructor of its plain functions is that of generators: nothing is registered any more.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    await module.evaluate();",
        replace: `    await module.evaluate();
    const [plain, generators] = runInContext("[Function.prototype, Object.getPrototypeOf(function* () {}).constructor]", this.#context);
    Object.defineProperty(plain, "constructor", { get: () => fired() && generators });`,
      },
    ],
    kills: [
      { requirement: "registration/generator-procedures-are-refused", reason: "wrong-message" },
      { requirement: "registration/async-reducer-is-refused", reason: "wrong-message" },
    ],
  },
  {
    name: "plain-functions-look-async-after-loading",
    fault: "Once a module is loaded, the constructor of its plain functions is that of async ones: no body is taken.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    await module.evaluate();",
        replace: `    await module.evaluate();
    const [plain, asynchronous] = runInContext("[Function.prototype, Object.getPrototypeOf(async () => {}).constructor]", this.#context);
    Object.defineProperty(plain, "constructor", { get: () => fired() && asynchronous });`,
      },
    ],
    kills: [{ requirement: "with-tx/async-body-is-a-type-error", reason: "call-failed" }],
  },
  {
    name: "memory-bound-in-bits",
    fault: "The bound on an instance's memory is taken for a number of bits: an eighth of what was asked for.",
    guest: "as",
    edits: [
      {
        file: "supervisor/source.ts",
        find: "boundMemory(bytes, memoryBytes)",
        replace: "boundMemory(bytes, fired() ? memoryBytes / 8 : memoryBytes)",
      },
    ],
    kills: [{ requirement: "resources/memory-cap-per-instance", reason: "call-failed" }],
  },
  {
    name: "refused-insert-closes-its-transaction",
    fault: "An insert that is refused undoes its transaction, also where the guest handles the refusal and goes on.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "  insert(table: string, key: string, row: string): void {",
        replace: `  insert(table: string, key: string, row: string): void {
    try {
      this.insertOrRefuse(table, key, row);
    } catch (error) {
      if (!this.reduces && fired()) this.undo();
      throw error;
    }
  }

  insertOrRefuse(table: string, key: string, row: string): void {`,
      },
    ],
    kills: [{ requirement: "isolation/unique-key-violation-rolls-back", reason: "wrong-value" }],
  },
];
