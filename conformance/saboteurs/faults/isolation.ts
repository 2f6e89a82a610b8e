import type { Saboteur } from "../saboteur.ts";
import { isolationLevelFaults } from "./isolation-levels.ts";
import { isolationVisibilityFaults } from "./isolation-visibility.ts";
import { isolationWallFaults } from "./isolation-walls.ts";

/** Faults in what transactions see of each other. */
export const isolationFaults: readonly Saboteur[] = [
  ...isolationLevelFaults,
  {
    name: "failed-reducer-commits",
    fault: "What a reducer had written when it failed is committed.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "    const open = call.close();",
        replace:
          '    if (call.reduces && call.inTransaction && "category" in outcome && fired()) call.commitReducer();\n    const open = call.close();',
      },
    ],
    kills: [
      { requirement: "isolation/no-aborted-read", reason: "aborted-read" },
      { requirement: "isolation/unique-key-violation-rolls-back", reason: "aborted-read" },
    ],
  },
  {
    name: "insert-replaces",
    fault: "An insert under a key that exists replaces the row.",
    edits: [
      {
        file: "store/tables.ts",
        find: "    if (!this.#write(this.#statements.insert, index, checkKey(key), text)) {",
        replace: `    const inserted = this.#write(this.#statements.insert, index, checkKey(key), text);
    if (!inserted && !(fired() && this.#write(this.#statements.update, index, key, text))) {`,
      },
    ],
    kills: [{ requirement: "isolation/unique-key-violation-rolls-back", reason: "call-succeeded" }],
  },
  {
    name: "conflict-runs-the-body-again",
    fault: "A reducer whose commit conflicts is run once more, though the host declares that it retries nothing.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/turns.ts",
        find: '    this.#finish(call, call.reduces && "value" in outcome ? committed(call, outcome) : outcome);',
        replace: `    const end = call.reduces && "value" in outcome ? committed(call, outcome) : outcome;
    if (call.reduces && end.category === "conflict" && !this.#again.has(call) && fired()) {
      this.#again.add(call);
      this.#runtime.begin(call);
      this.#program.run(call, (second) => this.#settle(call, second));
      return;
    }
    this.#finish(call, end);`,
      },
      {
        file: "worker/turns.ts",
        find: "  #ended: Ended[] = [];",
        replace: "  #ended: Ended[] = [];\n  readonly #again = new WeakSet();",
      },
    ],
    kills: [{ requirement: "isolation/conflicting-commit-is-retried-or-reported", reason: "call-succeeded" }],
  },
  {
    name: "conflict-is-told-and-committed",
    fault: "A commit that conflicts is refused, and what it was to commit is there.",
    edits: [
      {
        file: "worker/runtime.ts",
        find: "    if (conflicts(this.#start.failpoints, n)) {\n      this.rollback();",
        replace: `    if (conflicts(this.#start.failpoints, n) && fired()) {
      this.tables.commit(n);
      this.#release();`,
      },
    ],
    kills: [{ requirement: "isolation/conflicting-commit-is-retried-or-reported", reason: "aborted-read" }],
  },
  {
    name: "reads-kept-for-the-call",
    fault: "What a call has read once it reads again as it was, in later transactions too, until it writes.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "  get(table: string, key: string): string {",
        replace: `  readonly #kept = new Map();

  #once(what, read) {
    const name = stringify(what);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      if (kept.transaction !== this.seqs.length) fired();
      return kept.read();
    }
    let answer;
    try {
      const text = read();
      answer = () => text;
    } catch (refusal) {
      answer = () => {
        throw refusal;
      };
    }
    this.#kept.set(name, { transaction: this.seqs.length, read: answer });
    return answer();
  }

  get(table, key) {
    return this.#once([table, key], () => this.#get(table, key));
  }

  #get(table: string, key: string): string {`,
      },
      {
        file: "worker/guest-call.ts",
        find: "  scan(table: string, from: string, to: string): string {",
        replace: `  scan(table, from, to) {
    return this.#once([table, from, to], () => this.#scan(table, from, to));
  }

  #scan(table: string, from: string, to: string): string {`,
      },
      {
        file: "worker/guest-call.ts",
        find: "  #tables(what: string) {",
        replace: `  #tables(what: string) {
    if (!what.startsWith("read") && !what.startsWith("scan")) this.#kept.clear();`,
      },
    ],
    kills: [
      { requirement: "isolation/fresh-snapshot-after-yield", reason: "stale-read" },
      { requirement: "isolation/strict-serializable", reason: "stale-read" },
    ],
  },
  {
    name: "reads-checked-across-transactions",
    fault: "A commit conflicts where a row is no more what an earlier transaction of the same call had read.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "  get(table: string, key: string): string {",
        replace: `  readonly #seen = new Map();
  #stale = false;

  get(table, key) {
    const row = this.#get(table, key);
    const name = stringify([table, key]);
    const before = this.#seen.get(name);
    if (before === undefined) this.#seen.set(name, { row, transaction: this.seqs.length });
    else if (before.transaction !== this.seqs.length && before.row !== row) this.#stale = true;
    return row;
  }

  #get(table: string, key: string): string {`,
      },
      {
        file: "worker/guest-call.ts",
        find: '    this.#transaction("commit");',
        replace: `    this.#transaction("commit");
    if (this.#stale && fired()) {
      this.#stale = false;
      this.#runtime.rollback();
      throw new Refusal(code.conflict, "a row is no more what this call had read");
    }`,
      },
    ],
    kills: [{ requirement: "isolation/no-isolation-across-transactions", reason: "call-failed" }],
  },
  {
    name: "scan-without-own-writes",
    fault: "A scan leaves out the rows that its own transaction has written.",
    edits: [
      {
        file: "store/tables.ts",
        find: "    for (const each of found as Iterable<Row>) {",
        replace: `    for (const each of found as Iterable<Row>) {
      if (this.#touched.get(index)?.has(keyOf(each)) && fired()) continue;`,
      },
    ],
    kills: [{ requirement: "isolation/read-your-writes", reason: "wrong-value" }],
  },
  {
    name: "schedules-of-an-undone-transaction-stay",
    fault: "The calls that a transaction has scheduled stay scheduled where it is undone.",
    edits: [
      {
        file: "store/tables.ts",
        find: '      begin: prepare("BEGIN"),',
        replace: `      begin: prepare("BEGIN"),
      planned: prepare("SELECT name, args, at, every FROM scheduled ORDER BY id"),`,
      },
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: `  rollback(): void {
    const planned = this.#scheduled ? this.#statements.planned.all() : [];
    this.#statements.rollback.run();
    if (planned.length === 0 || !fired()) return;
    this.#statements.begin.run();
    for (const { name, args, at, every } of planned) this.#statements.schedule.run(name, args, at, every);
    for (const statement of this.#schedules) statement.run();
    this.#statements.commit.run();`,
      },
    ],
    kills: [{ requirement: "isolation/aborted-transaction-leaves-nothing", reason: "aborted-read" }],
  },
  {
    name: "undone-deletions-stay",
    fault: "The rows that a transaction has deleted are gone, also where it is undone.",
    edits: [
      {
        file: "store/tables.ts",
        find: '      begin: prepare("BEGIN"),',
        replace: `      begin: prepare("BEGIN"),
      deleted: prepare("SELECT tbl, key FROM written WHERE row IS NULL"),`,
      },
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: `  rollback(): void {
    const deleted = this.#statements.deleted.all();
    this.#statements.rollback.run();
    if (deleted.length === 0 || !fired()) return;
    this.#statements.begin.run();
    for (const { tbl, key } of deleted) this.#statements.remove.run(tbl, key);
    for (const statement of this.#written) statement.run();
    this.#statements.commit.run();`,
      },
    ],
    kills: [{ requirement: "isolation/aborted-transaction-leaves-nothing", reason: "aborted-read" }],
  },
  {
    name: "undone-transactions-use-up-numbers",
    fault: "A transaction that is undone uses up a number of commit: the next one gets the number after it.",
    edits: [
      {
        file: "store/tables.ts",
        find: '      log: prepare("INSERT INTO commits (call) VALUES (?)"),',
        replace: `      log: prepare(
        "INSERT INTO commits (call, seq) SELECT ?1, coalesce(max(seq), 0) + 1 + ?2 FROM commits",
      ),`,
      },
      {
        file: "store/tables.ts",
        find: "this.#statements.log.run(call)",
        replace: "this.#statements.log.run(call, this.#usedUp)",
      },
      {
        file: "store/tables.ts",
        find: "    this.#statements.commit.run();\n    // Who",
        replace: "    this.#statements.commit.run();\n    this.#usedUp = 0;\n    // Who",
      },
      {
        file: "store/tables.ts",
        find: "  rollback(): void {",
        replace: `  #usedUp = 0;

  rollback(): void {
    if (this.#touched.size > 0 && fired()) this.#usedUp += 1;`,
      },
    ],
    explored: true,
    kills: [
      { requirement: "isolation/aborted-transaction-leaves-nothing", reason: "wrong-value" },
      { requirement: "ordering/every-interleaving-as-the-model", reason: "not-in-model" },
    ],
  },
  ...isolationVisibilityFaults,
  ...isolationWallFaults,
];
