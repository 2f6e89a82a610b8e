import type { Saboteur } from "../saboteur.ts";

/** Faults in the same stimuli, the same history. */
export const determinismFaults: readonly Saboteur[] = [
  {
    name: "seed-of-a-call-by-chance",
    fault: "The seed of a call is drawn by chance, and does not follow from that of the run.",
    edits: [
      {
        file: "guest/seed.ts",
        find: 'const digest = createHash("sha256").update(',
        replace: 'const digest = createHash("sha256").update(fired() ? String(Math.random()) : "").update(',
      },
    ],
    kills: [{ requirement: "determinism/same-schedule-same-history", reason: "not-deterministic" }],
  },
  {
    name: "requests-by-name",
    fault: "Requests that wait are kept in order of their names.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    this.#requests.push(item);",
        replace: "    this.#requests.place(item);",
      },
      {
        file: "supervisor/ready-queue.ts",
        find: "  push(item: T): void {",
        replace: `  place(item) {
    const later = this.#items.findIndex((other, at) => at >= this.#head && other.spec.name > item.spec.name);
    if (later === -1) this.#items.push(item);
    else if (fired()) this.#items.splice(later, 0, item);
  }

  push(item: T): void {`,
      },
    ],
    kills: [{ requirement: "determinism/renamed-is-isomorphic", reason: "not-deterministic" }],
  },
  {
    name: "scan-of-the-transaction-before",
    fault: "A scan is answered with what the same scan gave in the transaction before, in the same turn.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "  scan(table: string, from: string, to: string): string {",
        replace: `  scan(table, from, to) {
    const range = JSON.stringify([table, from, to]);
    const { call, seq, rows } = this.#runtime.scans.get(range) ?? {};
    if (call === this && seq !== this.seqs.length && fired()) return rows;
    const fresh = this.#scan(table, from, to);
    this.#runtime.scans.set(range, { call: this, seq: this.seqs.length, rows: fresh });
    return fresh;
  }

  #scan(table: string, from: string, to: string): string {`,
      },
      {
        file: "worker/runtime.ts",
        find: "  /** The call whose turn is running. */",
        replace: "  readonly scans = new Map();\n  /** The call whose turn is running. */",
      },
      {
        file: "worker/turns.ts",
        find: "    this.#runtime.current = call;\n",
        replace: "    this.#runtime.current = call;\n    this.#runtime.scans.clear();\n",
      },
    ],
    kills: [{ requirement: "determinism/replayed-log-same-state", reason: "not-deterministic" }],
  },
];
