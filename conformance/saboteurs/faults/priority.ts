import type { Saboteur } from "../saboteur.ts";

/** Faults in who waits for whom where many are ready. */
export const priorityFaults: readonly Saboteur[] = [
  {
    name: "completions-first",
    fault: "Of a request and a completion that are both ready, the lane takes the completion.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    const due = completion !== undefined && this.#overtaken >= requestBurst;",
        replace: "    const due = completion !== undefined && (request === undefined || fired());",
      },
    ],
    kills: [
      { requirement: "priority/requests-first", reason: "wrong-order" },
      { requirement: "priority/ready-completions-do-not-starve-requests", reason: "starved" },
    ],
  },
  {
    name: "requests-without-end",
    fault: "A completion waits for as long as there is a request.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    const due = completion !== undefined && this.#overtaken >= requestBurst;",
        replace: "    const due = completion !== undefined && this.#overtaken >= requestBurst && !fired();",
      },
    ],
    kills: [{ requirement: "priority/requests-do-not-starve-completions", reason: "starved" }],
  },
  {
    name: "bystanders-are-blamed",
    fault: "Where a lane is stopped all its calls end as the one that used up its budget.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: "      if (call === culprit) {",
        replace: "      if (call === culprit || (culprit !== null && fired())) {",
      },
    ],
    kills: [{ requirement: "priority/microtask-loop-is-stopped", reason: "wrong-category" }],
  },
  {
    name: "budget-by-the-clock",
    fault: "The budget of a turn is measured by the time that has passed.",
    edits: [
      {
        file: "supervisor/watchdog.ts",
        find: "    const left = this.#budget - (reading - from);",
        replace: `    const left = this.#budget - (performance.now() - this.#begun);
    if (left <= 0) fired();`,
      },
      {
        file: "supervisor/watchdog.ts",
        find: "  #budget = 0;",
        replace: "  #budget = 0;\n  #begun = 0;",
      },
      {
        file: "supervisor/watchdog.ts",
        find: "    this.#budget = budget;",
        replace: "    this.#budget = budget;\n    this.#begun = performance.now();",
      },
    ],
    kills: [{ requirement: "priority/long-legal-turn-is-not-killed", reason: "call-failed" }],
  },
  {
    name: "reads-between-turns",
    fault: "A table is read from outside only when no turn of its lane is running.",
    edits: [
      {
        file: "supervisor/host.ts",
        find: '    "table/read": ({ module, table }: ParamsOf<"table/read">) => {\n',
        replace: `    "table/read": async ({ module, table }: ParamsOf<"table/read">) => {
      const { lane } = this.#module(module);
      if (lane.busy) fired();
      await this.#waiters.until(this.#module(module), () => !lane.busy);
`,
      },
      {
        file: "supervisor/lane.ts",
        find: "  /** Guest instances that exist. */",
        replace: "  get busy() {\n    return this.#running !== null;\n  }\n\n  /** Guest instances that exist. */",
      },
    ],
    kills: [{ requirement: "priority/control-while-saturated", reason: "starved" }],
  },
];
