import type { Saboteur } from "../saboteur.ts";

/** Faults in what stands between two modules of one host. */
export const isolationWallFaults: readonly Saboteur[] = [
  {
    name: "one-lane-for-all-modules",
    fault: "While a turn of one module runs, no other module's lane begins one.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "/** The lane. */",
        replace: "let running = null;\nconst waiting = new Set();\n\n/** The lane. */",
      },
      {
        file: "supervisor/lane.ts",
        find: "    if (!this.#open || this.#running !== null) return;",
        replace: `    if (!this.#open || this.#running !== null) return;
    if (running !== null && running !== this && !this.#queue.empty && fired()) {
      waiting.add(() => this.#pump());
      return;
    }`,
      },
      {
        file: "supervisor/lane.ts",
        find: "    this.#running = { turn, guest };",
        replace: "    this.#running = { turn, guest };\n    running = this;",
      },
      {
        file: "supervisor/lane.ts",
        find: "    this.#running = null;\n    for (const [call",
        replace: `    this.#running = null;
    running = null;
    const others = [...waiting];
    waiting.clear();
    for (const pump of others) pump();
    for (const [call`,
      },
      {
        file: "supervisor/lane.ts",
        find: "    this.#closed = true;\n",
        replace: "    this.#closed = true;\n    if (running === this) running = null;\n",
      },
    ],
    kills: [{ requirement: "isolation/modules-are-separate", reason: "foreign-turn" }],
  },
  {
    name: "loads-of-the-same-code-are-one-module",
    fault: "A load of code that the host has loaded before gives the module that is there.",
    edits: [
      {
        file: "supervisor/host.ts",
        find: "    const limits = limitsOf(given);",
        replace: `    const twin = [...this.#modules.values()].find((module) => module.sha256 === sha256);
    if (twin !== undefined && fired()) return { value: { module: twin.id, interface: twin.description } };
    const limits = limitsOf(given);`,
      },
      {
        file: "supervisor/host.ts",
        find: "      await this.#open(module, path, sha256);",
        replace: "      await this.#open(module, path, sha256);\n      module.sha256 = sha256;",
      },
    ],
    kills: [
      { requirement: "isolation/modules-are-separate", reason: "unexpected-row" },
      { requirement: "isolation/guest-globals-are-not-storage", reason: "wrong-value" },
    ],
  },
];
