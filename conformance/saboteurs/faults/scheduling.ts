import type { Edit, Saboteur } from "../saboteur.ts";
import { intervalFaults } from "./scheduling-intervals.ts";

/** A scheduled call is known with the connection of the client whose call scheduled it. */
const clientOfSchedules: readonly Edit[] = [
  {
    file: "worker/runtime.ts",
    find: '    if (scheduled) this.post({ t: "scheduled" });',
    replace: '    if (scheduled) this.post({ t: "scheduled", n } as FromWorker);',
  },
  {
    file: "supervisor/module.ts",
    find: '      case "scheduled":\n        this.#schedules.take();',
    replace: `      case "scheduled":
        this.#schedules.take(this.#calls.numbered((message as unknown as { n: number }).n)?.connection);`,
  },
  {
    file: "supervisor/schedules.ts",
    find: "  take(): void {\n    for (const scheduled of this.#store.newSchedules()) {",
    replace: `  take(connection?: object | null): void {
    for (const made of this.#store.newSchedules()) {
      const scheduled = { ...made, connection };`,
  },
];

/** Faults in sleeps and schedules. */
export const schedulingFaults: readonly Saboteur[] = [
  {
    name: "sleep-stops-the-lane",
    fault: "While a procedure sleeps the lane stands still, as if its thread slept.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "        worker.operations.sleep(message.n, message.op, message.at);",
        replace: `        if (fired()) void this.lane.pause();
        worker.operations.sleep(message.n, message.op, message.at);`,
      },
      {
        file: "supervisor/lane.ts",
        find: "    if (call !== undefined) this.#queue.complete({ call, op, outcome });",
        replace: `    if (call !== undefined) this.#queue.complete({ call, op, outcome });
    if (outcome.kind === "slept") this.resume();`,
      },
    ],
    kills: [{ requirement: "scheduling/sleep-until-yields", reason: "not-concurrent" }],
  },
  {
    name: "sleep-ends-a-millisecond-early",
    fault: "A sleep ends in the millisecond before its time.",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: '    const timer = this.#clock.at(at, () => this.#end(n, op, { kind: "slept" }));',
        replace: `    const timer = this.#clock.at(at - 1, () => {
      if (fired()) this.#end(n, op, { kind: "slept" });
    });`,
      },
    ],
    kills: [{ requirement: "scheduling/sleep-until-yields", reason: "wrong-order" }],
  },
  {
    name: "sleep-until-now-waits",
    fault: "A sleep until a time that is not ahead waits until the clock moves.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    if (at <= this.#runtime.now()) return null;",
        replace: "    if (at <= this.#runtime.now() && !fired()) return null;",
      },
    ],
    kills: [{ requirement: "scheduling/sleep-in-the-past-returns", reason: "missing-result" }],
  },
  {
    name: "sleep-in-the-past-refused",
    fault: "A time that has passed counts as no time to sleep until.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: '    if (typeof at !== "number" || !finite(at)) {\n      throw new Refusal(code.badValue, "the time to sleep until',
        replace: `    if (typeof at !== "number" || !finite(at) || (at < this.#runtime.now() && fired())) {
      throw new Refusal(code.badValue, "the time to sleep until`,
      },
    ],
    kills: [{ requirement: "scheduling/sleep-in-the-past-returns", reason: "call-failed" }],
  },
  {
    name: "timers-of-one-time-in-reverse",
    fault: "Of several timers for the same time the one that was made last fires first.",
    edits: [
      {
        file: "supervisor/timer-heap.ts",
        find: "(one.due === other.due && one.order < other.order);",
        replace: "(one.due === other.due && fired() && one.order > other.order);",
      },
    ],
    kills: [{ requirement: "scheduling/one-shot-runs-at-most-once", reason: "wrong-row" }],
  },
  {
    name: "equal-schedules-taken-for-one",
    fault: "Two schedules of the same function, arguments and time count as one.",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: "    for (const scheduled of this.#store.newSchedules()) {",
        replace: `    for (const scheduled of this.#store.newSchedules()) {
      const key = JSON.stringify([scheduled.name, scheduled.args, scheduled.at]);
      if (this.#known.has(key) && fired()) continue;
      this.#known.add(key);`,
      },
      {
        file: "supervisor/schedules.ts",
        find: "  readonly #timers = new Set<Timer>();",
        replace: "  readonly #known = new Set<string>();\n  readonly #timers = new Set<Timer>();",
      },
    ],
    kills: [{ requirement: "scheduling/one-shot-runs-at-most-once", reason: "wrong-row" }],
  },
  {
    name: "failed-schedule-tried-again",
    fault: "A scheduled call that fails is made once more.",
    edits: [
      {
        file: "supervisor/own-calls.ts",
        find: "  scheduled({ name, args }: Scheduled, over: () => void): void {",
        replace:
          "  scheduled(scheduled: Scheduled, over: () => void, again = true): void {\n    const { name, args } = scheduled;",
      },
      {
        file: "supervisor/own-calls.ts",
        find: '      this.#report("error", `the scheduled call',
        replace: `      if (again && "category" in end.outcome && fired()) {
        this.retrying += 1;
        this.scheduled(
          scheduled,
          () => {
            this.retrying -= 1;
          },
          false,
        );
      }
      this.#report("error", \`the scheduled call`,
      },
      {
        file: "supervisor/own-calls.ts",
        find: "  /** Submits a reducer that a procedure has called",
        replace: "  retrying = 0;\n\n  /** Submits a reducer that a procedure has called",
      },
      // What a host is about to do again by itself it is not quiet before.
      {
        file: "supervisor/module.ts",
        find: "    return this.lane.quiet && this.#pool.quiet;",
        replace: "    return this.lane.quiet && this.#pool.quiet && this.#own.retrying === 0;",
      },
    ],
    kills: [{ requirement: "scheduling/one-shot-runs-at-most-once", reason: "wrong-row" }],
  },
  {
    name: "schedule-survives-its-transaction",
    fault:
      "What a transaction schedules is kept beside it, and takes effect with the next commit though it was undone.",
    edits: [
      {
        file: "store/tables.ts",
        find: "  readonly #touched = new Map<number, Set<string>>();",
        replace: `  readonly #touched = new Map<number, Set<string>>();
  readonly #kept: [number, string, string, number, number | null][] = [];
  #transaction = 0;`,
      },
      {
        file: "store/tables.ts",
        find: "    this.#statements.begin.run();\n  }",
        replace: "    this.#transaction += 1;\n    this.#statements.begin.run();\n  }",
      },
      {
        file: "store/tables.ts",
        find: "    if (this.#scheduled) for (const statement",
        replace: `    for (const [made, ...call] of this.#kept.splice(0)) {
      if (made === this.#transaction || fired()) this.#statements.schedule.run(...call);
      this.#scheduled = true;
    }
    if (this.#scheduled) for (const statement`,
      },
      {
        file: "store/tables.ts",
        find: "    this.#statements.schedule.run(name, text, at, every);",
        replace: "    this.#kept.push([this.#transaction, name, text, at, every]);",
      },
    ],
    kills: [{ requirement: "scheduling/schedule-commits-with-its-transaction", reason: "unexpected-row" }],
  },
  {
    name: "scheduled-call-speaks-for-its-client",
    fault: "A scheduled call has the connection and the identity of the client whose call scheduled it.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      ...clientOfSchedules,
      {
        file: "supervisor/own-calls.ts",
        find: "  scheduled({ name, args }: Scheduled, over: () => void): void {",
        replace: `  scheduled(scheduled: Scheduled, over: () => void): void {
    const { name, args } = scheduled;
    const { connection } = scheduled as { connection?: Submission["connection"] };
    const client = connection && fired() ? connection : null;`,
      },
      {
        file: "supervisor/own-calls.ts",
        find: "    this.#submit(name, args, null, false, (end) => {",
        replace: "    this.#submit(name, args, client, false, (end) => {",
      },
    ],
    kills: [
      { requirement: "scheduling/scheduled-call-has-no-connection", reason: "wrong-value" },
      { requirement: "context/caller-is-preserved-across-yields", reason: "wrong-value" },
    ],
  },
  ...intervalFaults,
  {
    name: "schedules-go-with-their-client",
    fault: "A scheduled call is not made where the connection of the client whose call scheduled it has been closed.",
    edits: [
      ...clientOfSchedules,
      {
        file: "supervisor/own-calls.ts",
        find: "  scheduled({ name, args }: Scheduled, over: () => void): void {",
        replace: `  scheduled(scheduled: Scheduled, over: () => void): void {
    const { name, args } = scheduled;
    const { connection } = scheduled as { connection?: Submission["connection"] };
    if (connection?.state === "closing" && fired()) return;`,
      },
    ],
    kills: [{ requirement: "scheduling/scheduled-call-has-no-connection", reason: "wrong-value" }],
  },
  {
    name: "schedules-of-a-failed-call-are-lost",
    fault:
      "What a procedure schedules takes effect when it has succeeded, and not with the commits before its failure.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: '      case "scheduled":\n        this.#schedules.take();',
        replace: '      case "scheduled":',
      },
      {
        file: "supervisor/module.ts",
        find: "      worker.operations.drop(n);\n",
        replace: `      if ("value" in outcome) this.#schedules.take();
      else if (this.#source.store.newSchedules().length > 0) fired();
      worker.operations.drop(n);
`,
      },
    ],
    kills: [{ requirement: "scheduling/schedule-commits-with-its-transaction", reason: "unexpected-row" }],
  },
];
