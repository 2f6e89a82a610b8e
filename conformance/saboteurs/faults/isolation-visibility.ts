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
        find: "  rollback(): void {\n    this.#statements.rollback.run();",
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
];
