import type { Edit, Saboteur } from "../saboteur.ts";
import { clientCallsWait } from "./calls-put-aside.ts";
import { orderingOfTurnsFaults } from "./ordering-turns.ts";

/** Who reads from outside is given tables as they were published. */
const publishedRows: readonly Edit[] = [
  {
    file: "supervisor/module.ts",
    find: "    return this.#source.store.read(this.#table(table));",
    replace: `    const index = this.#table(table);
    const published = this.#published.get(index) ?? { rows: "[]", seq: 0 };
    if (published.seq !== this.#source.store.read(index).seq) fired();
    return published;`,
  },
];

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
  {
    name: "last-in-first-out-requests",
    fault: "Of several requests that wait, the lane takes the newest first.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    this.#requests.push(item);",
        replace:
          "    if (this.#requests.first === undefined) this.#requests.push(item);\n    else if (fired()) this.#requests.unshift(item);",
      },
    ],
    kills: [{ requirement: "ordering/reducers-in-submission-order", reason: "wrong-order" }],
  },
  {
    name: "outcomes-of-a-call-gathered",
    fault: "A call goes on when all of its fetches have ended.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "    if (call !== undefined) this.#queue.complete({ call, op, outcome });",
        replace: `    if (call !== undefined) this.#gathered.push({ call, op, outcome });
    if (!guest.worker.operations.pends(n) || !fired()) {
      const ready = this.#gathered.filter((item) => item.call === call);
      this.#gathered = this.#gathered.filter((item) => item.call !== call);
      for (const item of ready) this.#queue.complete(item);
    }`,
      },
      { file: "supervisor/lane.ts", find: "  turns = 0;\n", replace: "  turns = 0;\n  #gathered = [];\n" },
      {
        file: "supervisor/operations.ts",
        find: "  /** Drops everything. */",
        replace: "  pends(n) {\n    return this.#pending.has(n);\n  }\n\n  /** Drops everything. */",
      },
    ],
    kills: [{ requirement: "ordering/settle-in-release-order", reason: "wrong-order" }],
  },
  {
    name: "requests-of-one-client-together",
    fault: "A request goes behind the last that waits of its own connection, and so before those of others.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    this.#requests.push(item);",
        replace: "    this.#requests.join(item);",
      },
      {
        file: "supervisor/ready-queue.ts",
        find: "  push(item: T): void {",
        replace: `  join(item) {
    const own = this.#items.findLastIndex((other, at) => at >= this.#head && other.connection === item.connection);
    if (own === -1 || own === this.#items.length - 1) this.#items.push(item);
    else if (fired()) this.#items.splice(own + 1, 0, item);
  }

  push(item: T): void {`,
      },
    ],
    kills: [
      { requirement: "ordering/reducers-in-submission-order", reason: "wrong-order" },
      { requirement: "priority/fair-between-connections", reason: "starved" },
    ],
  },
  {
    name: "reducer-waits-for-its-clients-procedure",
    fault: "A reducer does not begin while a procedure of its connection is in flight.",
    edits: clientCallsWait({
      aside: "kind === 'reducer' && this.flying((other) => other.connection === connection)",
    }),
    kills: [
      { requirement: "ordering/reducer-overtakes-held-procedure", reason: "missing-result" },
      { requirement: "concurrency/reducer-opens-the-gate", reason: "missing-result" },
    ],
  },
  {
    name: "reads-of-the-state-between-calls",
    fault: "Who reads from outside is given the tables as they were when a call last ended.",
    edits: [
      ...publishedRows,
      {
        file: "supervisor/module.ts",
        find: "  /** A call is not in flight any more. */\n  #over(call: Call): void {",
        replace: `  readonly #published = new Map();

  #over(call: Call): void {
    for (const index of this.code.tables.keys()) this.#published.set(index, this.#source.store.read(index));`,
      },
    ],
    kills: [{ requirement: "ordering/program-order-across-yields", reason: "missing-row" }],
  },
  {
    name: "reads-of-the-state-before-the-last-call",
    fault: "Who reads from outside is given the tables as they were when a call last began.",
    edits: [
      ...publishedRows,
      {
        file: "supervisor/module.ts",
        find: "  began(call: Call): void {",
        replace: `  readonly #published = new Map();

  began(call: Call): void {
    for (const index of this.code.tables.keys()) this.#published.set(index, this.#source.store.read(index));`,
      },
    ],
    kills: [{ requirement: "ordering/commit-before-result", reason: "missing-row" }],
  },
  {
    name: "responses-in-order-of-request",
    fault: "Each response that comes in is given to the fetch that was issued first, whosever it is.",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: "      this.#end(n, op, outcome);\n    });\n    const limit",
        replace: `      const first = waiting.shift();
      if (first.n !== n || first.op !== op) fired();
      this.#end(first.n, first.op, outcome);
    });
    const waiting = (this.waiting ??= []);
    waiting.push({ n, op });
    const limit`,
      },
    ],
    kills: [
      { requirement: "ordering/response-reaches-its-caller", reason: "wrong-response" },
      { requirement: "ordering/burst-release-in-allowed-set", reason: "wrong-response" },
    ],
  },
  {
    name: "hooks-before-all-that-waits",
    fault: "A hook goes before all calls that wait, also those of its connection.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "    this.#queue.request(call);",
        replace: `    if (call.spec.kind === "hook" && !this.#queue.empty && fired()) this.#queue.readmit(call);
    else this.#queue.request(call);`,
      },
    ],
    kills: [{ requirement: "ordering/lifecycle-order", reason: "wrong-order" }],
  },
  {
    name: "hooks-after-all-that-waits",
    fault: "A hook goes behind all calls that wait, and behind those that come while it waits.",
    edits: [
      {
        file: "supervisor/ready-queue.ts",
        find: "    this.#requests.push(item);",
        replace: "    this.#requests.pass(item);",
      },
      {
        file: "supervisor/ready-queue.ts",
        find: "  push(item: T): void {",
        replace: `  pass(item) {
    const hook = this.#items.findIndex((other, at) => at >= this.#head && other.spec.kind === "hook");
    if (hook === -1 || item.spec.kind === "hook") this.#items.push(item);
    else if (fired()) this.#items.splice(hook, 0, item);
  }

  push(item: T): void {`,
      },
    ],
    kills: [{ requirement: "ordering/lifecycle-order", reason: "wrong-order" }],
  },
  {
    name: "nested-calls-at-the-end",
    fault: "What reducers a procedure calls is submitted when the procedure has ended.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "        if (caller !== undefined) this.#own.reducer(caller, message.name, message.args);",
        replace: `        if (caller !== undefined && fired()) {
          const later = this.#later.get(caller) ?? [];
          later.push(message);
          this.#later.set(caller, later);
        }`,
      },
      {
        file: "supervisor/module.ts",
        find: "  /** A call is not in flight any more. */\n  #over(call: Call): void {",
        replace: `  readonly #later = new Map();

  #over(call: Call): void {
    for (const { name, args } of this.#later.get(call) ?? []) this.#own.reducer(call, name, args);
    this.#later.delete(call);`,
      },
    ],
    kills: [{ requirement: "ordering/nested-calls-stay-ordered", reason: "wrong-order" }],
  },
  ...orderingOfTurnsFaults,
];
