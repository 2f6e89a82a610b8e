import type { Saboteur } from "../saboteur.ts";

/** Faults in what runs before what. */
export const orderingFaults: readonly Saboteur[] = [
  {
    name: "last-in-first-out-resumption",
    fault: "Of several outcomes that are ready, the lane takes the newest first.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    this.#completions.push(item);",
        replace:
          "    if (this.#completions.first === undefined) this.#completions.push(item);\n    else if (fired()) this.#completions.unshift(item);",
      },
    ],
    kills: [
      { requirement: "ordering/resume-in-release-order", reason: "wrong-order" },
      { requirement: "ordering/settle-in-release-order", reason: "wrong-order" },
    ],
  },
];
