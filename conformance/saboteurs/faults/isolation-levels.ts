import type { Edit, Saboteur } from "../saboteur.ts";

/** A transaction begins while another is open. */
const nobodyWaits: Edit = {
  file: "store/lock.ts",
  find: "    let waiting = false;\n    for (;;) {",
  replace: "    if (load(this.#memory, owner) !== 0 && fired()) return true;\n    let waiting = false;\n    for (;;) {",
};

/** The same, but for transactions that are over soon: one waits for another for a moment, and not longer. */
const nobodyWaitsLong: Edit = {
  file: "store/lock.ts",
  find: "    let waiting = false;\n    for (;;) {",
  replace: `    const until = Date.now() + 300;
    for (let left = 300; left > 0; left = until - Date.now()) {
      const rung = load(this.#memory, bell);
      if (compareExchange(this.#memory, owner, 0, this.#self) === 0) return true;
      if (this.#control.cancelled) return false;
      wait(this.#memory, bell, rung, left);
    }
    if (fired()) return true;
    let waiting = false;
    for (;;) {`,
};

/** Each statement of a transaction stands alone; what it commits with begins at the commit. */
const statementByStatement: readonly Edit[] = [
  {
    file: "store/tables.ts",
    find: '      begin: prepare("BEGIN"),',
    replace: '      begin: prepare("BEGIN IMMEDIATE"),',
  },
  {
    file: "store/tables.ts",
    find: "    this.#touched.clear();\n    this.#statements.begin.run();",
    replace: "    this.#touched.clear();",
  },
  {
    file: "store/tables.ts",
    find: "    if (this.#isWritten) for (const statement",
    replace: "    this.#statements.begin.run();\n    if (this.#isWritten) for (const statement",
  },
];

/** Faults that give transactions less isolation than one after the other: the levels of databases. */
export const isolationLevelFaults: readonly Saboteur[] = [
  {
    name: "read-uncommitted",
    fault:
      "A transaction that has waited for a moment runs beside the other; each write is in the table at once, and is put back where the transaction is undone.",
    edits: [
      nobodyWaitsLong,
      ...statementByStatement,
      {
        file: "store/tables.ts",
        find: "      log: prepare(",
        replace:
          '      restore: prepare("INSERT OR REPLACE INTO written (tbl, key, row) VALUES (?, ?, ?)"),\n      log: prepare(',
      },
      {
        file: "store/tables.ts",
        find: "    const wrote = statement.run(table, key, ...row).changes !== 0;",
        replace: `    const before = this.#statements.get.get(table, key)?.row ?? null;
    const wrote = statement.run(table, key, ...row).changes !== 0;
    if (wrote) {
      this.#apply();
      this.#undo.push([table, key, before]);
    }`,
      },
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: `  rollback(): void {
    for (const before of this.#undo.reverse()) {
      this.#statements.restore.run(...before);
      this.#apply();
    }
    this.#schedules[1].run();
  }

  #undo = [];

  #apply() {
    this.#statements.begin.run();
    for (const statement of this.#written) statement.run();
    this.#statements.commit.run();`,
      },
      {
        file: "store/tables.ts",
        find: "    this.#scheduled = false;\n    this.#touched.clear();",
        replace: "    this.#scheduled = false;\n    this.#undo = [];\n    this.#touched.clear();",
      },
    ],
    kills: [
      { requirement: "isolation/no-dirty-write", reason: "dirty-write", finding: "G-single-item" },
      { requirement: "isolation/no-intermediate-read", reason: "intermediate-read", finding: "G1b" },
      { requirement: "isolation/no-circular-information-flow", reason: "circular-information-flow", finding: "G1c" },
      { requirement: "isolation/observed-transaction-never-vanishes", reason: "vanished-transaction", finding: "OTV" },
    ],
  },
  {
    name: "read-committed",
    fault:
      "A transaction that has waited for a moment runs beside the other; each read sees what is committed by then, and the last commit wins.",
    edits: [
      nobodyWaitsLong,
      ...statementByStatement,
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: "  rollback(): void {\n    this.#written[2].run();\n    this.#schedules[1].run();",
      },
    ],
    kills: [
      { requirement: "isolation/no-lost-update", reason: "lost-update", finding: "P4" },
      { requirement: "isolation/no-read-skew", reason: "read-skew", finding: "G-single-item" },
      { requirement: "isolation/no-phantom-in-predicate-read", reason: "phantom", finding: "PMP" },
      // A write of all rows, of which the graph cannot tell which versions it made.
      { requirement: "isolation/no-phantom-in-predicate-read", reason: "not-serializable", finding: "no-serial-order" },
      // What the reader has seen does not vanish: it is overwritten between two reads.
      {
        requirement: "isolation/observed-transaction-never-vanishes",
        reason: "not-serializable",
        finding: "G-single-item",
      },
    ],
  },
  {
    name: "snapshot-isolation",
    fault:
      "A transaction that has waited for a moment runs beside the other, each on a snapshot; of two that write the same row the first to commit wins, and what they read is not compared.",
    edits: [
      nobodyWaitsLong,
      {
        file: "store/tables.ts",
        find: '      begin: prepare("BEGIN"),',
        replace: `      begin: prepare("BEGIN"),
      immediate: prepare("BEGIN IMMEDIATE"),
      last: prepare("SELECT coalesce(max(seq), 0) AS seq FROM commits"),
      news: prepare(
        "SELECT tbl, key, row, (SELECT row FROM rows WHERE rows.tbl = written.tbl AND rows.key = written.key) AS base FROM written",
      ),
      planned: prepare("SELECT name, args, at, every FROM scheduled ORDER BY id"),
      restore: prepare("INSERT INTO written (tbl, key, row) VALUES (?, ?, ?)"),`,
      },
      {
        file: "store/tables.ts",
        find: "    this.#touched.clear();\n    this.#statements.begin.run();",
        replace:
          "    this.#touched.clear();\n    this.#statements.begin.run();\n    this.#from = this.#statements.last.get().seq;",
      },
      {
        file: "store/tables.ts",
        find: "    if (this.#isWritten) for (const statement",
        replace: `    const news = this.#statements.news.all();
    const planned = this.#statements.planned.all();
    this.#statements.rollback.run();
    this.#statements.immediate.run();
    for (const { tbl, key, row, base } of news) {
      if ((this.#statements.get.get(tbl, key)?.row ?? null) === base) continue;
      this.#statements.rollback.run();
      return null;
    }
    if (this.#statements.last.get().seq !== this.#from) fired();
    for (const { tbl, key, row } of news) this.#statements.restore.run(tbl, key, row);
    for (const { name, args, at, every } of planned) this.#statements.schedule.run(name, args, at, every);
    if (this.#isWritten) for (const statement`,
      },
      { file: "store/tables.ts", find: "  #scheduled = false;\n", replace: "  #scheduled = false;\n  #from = 0;\n" },
      {
        file: "worker/runtime.ts",
        find: "    const { seq, scheduled, watched } = this.tables.commit(n);",
        replace: `    const done = this.tables.commit(n);
    if (done === null) {
      this.#release();
      throw new Refusal(code.conflict, "another transaction has written the same row, and was first");
    }
    const { seq, scheduled, watched } = done;`,
      },
    ],
    kills: [
      { requirement: "isolation/no-write-skew", reason: "write-skew", finding: "G2-item" },
      { requirement: "isolation/no-anti-dependency-cycle", reason: "anti-dependency-cycle", finding: "G2" },
    ],
  },
  {
    name: "no-lock",
    fault: "A transaction waits for no other, and each read sees what is committed by then.",
    edits: [
      nobodyWaits,
      ...statementByStatement,
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: "  rollback(): void {\n    this.#written[2].run();\n    this.#schedules[1].run();",
      },
      {
        // A scan takes a moment, so that others commit meanwhile, whatever the machine does.
        file: "store/tables.ts",
        find: "    const index = this.#table(table);\n    checkKey(from);",
        replace: `    const index = this.#table(table);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    checkKey(from);`,
      },
    ],
    kills: [{ requirement: "isolation/no-foreign-turn-inside-transaction", reason: "foreign-turn" }],
  },
  {
    name: "commit-numbers-change-places",
    fault: "Of each two commits the one is told with the number of the other.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `    apply(nothing, undefined, headroom);
    this.seqs.push(this.#runtime.commit());`,
        replace: `    apply(nothing, undefined, headroom);
    const seq = this.#runtime.commit();
    this.seqs.push(fired() ? seq ^ 1 : seq);`,
      },
    ],
    kills: [
      { requirement: "isolation/no-phantom-in-predicate-read", reason: "not-serializable", finding: "seen-otherwise" },
    ],
  },
];
