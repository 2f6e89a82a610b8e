import type { Saboteur } from "../saboteur.ts";

/** Faults in what those see of commits who look from outside. */
export const isolationVisibilityFaults: readonly Saboteur[] = [
  {
    name: "commits-of-procedures-not-told",
    fault: "A subscriber is told of the commits of reducers alone.",
    seen: "clockworklabs/SpacetimeDB#4301",
    edits: [
      {
        file: "store/tables.ts",
        find: "  commit(call: number): {",
        replace: "  commit(call: number, tells: boolean): {",
      },
      {
        file: "store/tables.ts",
        find: "    const watched = isWatched(this.#watch);",
        replace: "    const watched = tells && isWatched(this.#watch);",
      },
      {
        file: "store/tables.ts",
        find: "    const late = !watched && isWatched(this.#watch);",
        replace: "    const late = tells && !watched && isWatched(this.#watch);",
      },
      {
        file: "worker/runtime.ts",
        find: "this.tables.commit(n);",
        replace: "this.tables.commit(n, this.open.reduces || !fired());",
      },
    ],
    kills: [{ requirement: "isolation/atomic-visibility", reason: "wrong-order" }],
  },
  {
    name: "undone-writes-are-told",
    fault: "A subscriber is told what a transaction wrote that is undone, as if it had been committed.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "store/tables.ts",
        find: '      begin: prepare("BEGIN"),',
        replace: `      begin: prepare("BEGIN"),
      news: prepare("SELECT tbl, key, row FROM written"),
      tell: prepare(
        "INSERT OR REPLACE INTO changes (seq, tbl, key, row) VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM commits), ?, ?, ?)",
      ),`,
      },
      {
        // The number is that of the next commit, of which there may be news as well.
        file: "store/tables.ts",
        find: '        "INSERT INTO changes (seq, tbl, key, row) VALUES (?1',
        replace: '        "INSERT OR REPLACE INTO changes (seq, tbl, key, row) VALUES (?1',
      },
      {
        file: "store/tables.ts",
        find: "  rollback(): void {\n    if (this.#database.isTransaction) this.#statements.rollback.run();",
        replace: `  rollback(): boolean {
    const news = isWatched(this.#watch) ? this.#statements.news.all() : [];
    this.#statements.rollback.run();
    if (news.length === 0 || !fired()) return false;
    this.#statements.begin.run();
    for (const { tbl, key, row } of news) this.#statements.tell.run(tbl, key, row);
    this.#statements.commit.run();
    return true;`,
      },
      {
        file: "worker/runtime.ts",
        find: "    this.tables.rollback();\n    this.#release();",
        replace:
          '    const told = this.tables.rollback();\n    this.#release();\n    if (told) this.post({ t: "changed" });',
      },
    ],
    kills: [{ requirement: "isolation/atomic-visibility", reason: "intermediate-read" }],
  },
  {
    name: "news-after-the-result",
    fault: "A subscriber is told of a commit when the result of its call has been sent.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "        this.#subscriptions.flush();\n        break;",
        replace: "        break;",
      },
      {
        file: "supervisor/module.ts",
        find: "    this.#subscriptions.flush();\n    this.#waiting.delete(call);",
        replace: "    setImmediate(() => fired() && this.#subscriptions.flush());\n    this.#waiting.delete(call);",
      },
    ],
    kills: [{ requirement: "isolation/atomic-visibility", reason: "wrong-order" }],
  },
  {
    name: "subscription-without-an-end",
    fault: "A subscriber that has unsubscribed is told of commits as before.",
    edits: [
      {
        file: "supervisor/subscriptions.ts",
        find: "    this.#subscriptions.delete(name);\n",
        replace: "    if (fired()) return;\n",
      },
    ],
    kills: [{ requirement: "isolation/atomic-visibility", reason: "unexpected-row" }],
  },
  {
    name: "rows-kept-by-each-thread",
    fault: "Each thread keeps the rows that it has read by their keys, and does not learn what other threads commit.",
    edits: [
      {
        file: "store/tables.ts",
        find: "  get(table: string, key: string): string {",
        replace: `  readonly #kept = new Map();

  get(table, key) {
    const name = stringify([table, key]);
    const kept = this.#touched.get(this.#table(table))?.has(key) ? undefined : this.#kept.get(name);
    const row = this.#get(table, key);
    if (kept !== undefined && kept !== row && fired()) return kept;
    this.#kept.set(name, row);
    return row;
  }

  #get(table: string, key: string): string {`,
      },
    ],
    kills: [{ requirement: "isolation/strict-serializable", reason: "stale-read" }],
  },
  {
    name: "rows-of-a-commit-one-by-one",
    fault:
      "A commit brings its rows into the table one after the other, and whoever reads meanwhile finds some of them.",
    edits: [
      {
        file: "store/tables.ts",
        find: '      begin: prepare("BEGIN"),',
        replace: `      begin: prepare("BEGIN"),
      news: prepare("SELECT tbl, key, row FROM written"),
      restore: prepare("INSERT INTO written (tbl, key, row) VALUES (?, ?, ?)"),`,
      },
      {
        // The pause lets others read meanwhile, whatever the machine does.
        file: "store/tables.ts",
        find: "    if (this.#isWritten) for (const statement of this.#written) statement.run();",
        replace: `    for (const { tbl, key, row } of this.#takeNews()) {
      this.#statements.restore.run(tbl, key, row);
      for (const statement of this.#written) statement.run();
      this.#statements.commit.run();
      if (fired()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15);
      this.#statements.begin.run();
    }`,
      },
      {
        file: "store/tables.ts",
        find: "  /** Undoes it, where there is one. */",
        replace: `  #takeNews() {
    const news = this.#statements.news.all();
    this.#written[2].run();
    return news;
  }

  /** Undoes it, where there is one. */`,
      },
    ],
    kills: [{ requirement: "isolation/atomic-visibility", reason: "intermediate-read" }],
  },
];
