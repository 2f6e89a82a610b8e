import type { Saboteur } from "../saboteur.ts";

/** Faults in the bounds that an operator sets. */
export const boundFaults: readonly Saboteur[] = [
  {
    name: "held-calls-take-no-place",
    fault: "A procedure gives its place among those in flight up when it yields.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: '      case "fetch":\n',
        replace: `      case "fetch": {
        const yields = this.#calls.numbered(message.n);
        if (yields !== undefined && fired()) this.#places.free(yields);
      }
`,
      },
    ],
    kills: [{ requirement: "resources/in-flight-cap", reason: "unexpected-arrival" }],
  },
  {
    name: "ended-calls-keep-their-places",
    fault: "The place of a procedure among those in flight is not freed when it ends.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "    this.#deadlines.end(call);\n    this.#places.free(call);",
        replace: `    this.#deadlines.end(call);
    if (call.spec.kind === "reducer" || call.spec.kind === "hook" || !fired()) this.#places.free(call);`,
      },
    ],
    kills: [{ requirement: "resources/in-flight-cap", reason: "call-failed" }],
  },
  {
    name: "queue-without-a-bound",
    fault: "Calls wait to begin however many wait already.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "    if (waiting.length <= queued) return;",
        replace: "    if (waiting.length <= queued || fired()) return;",
      },
    ],
    kills: [{ requirement: "resources/request-queue-cap", reason: "missing-result" }],
  },
  {
    name: "scheduled-calls-queue-with-clients",
    fault: "Scheduled calls count among those that wait to begin, and are refused with them.",
    edits: [
      {
        file: "supervisor/own-calls.ts",
        find: "    this.#submit(name, args, null, false, (end) => {",
        replace: "    this.#submit(name, args, null, fired(), (end) => {",
      },
    ],
    kills: [{ requirement: "resources/request-queue-cap", reason: "call-failed" }],
  },
  {
    name: "turns-without-a-budget",
    fault: "A turn has as much CPU time as it takes.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "supervisor/watchdog.ts",
        find: "    if (left <= 0) this.#exceeded(this.#budget);",
        replace: "    if (left <= 0 && fired()) this.end();",
      },
    ],
    // A turn that goes on says nothing, and CPU time of a whole process is not that of a turn.
    kills: [{ requirement: "resources/cpu-budget-per-turn", reason: "silence" }],
  },
  {
    name: "deadline-waits-for-the-next-turn",
    fault: "A call whose time is over while it is held ends when it would go on.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "      else this.lane.end(call, failure);\n    });",
        replace: "      else this.lane.endLater(call, failure);\n    });",
      },
      {
        file: "supervisor/lane.ts",
        find: "  /** The lock was handed over, or may be free. */",
        replace: `  readonly #late = new Map<Call, Failure>();

  endLater(call: Call, failure: Failure): void {
    if (fired()) this.#late.set(call, failure);
  }

  /** The lock was handed over, or may be free. */`,
      },
      {
        file: "supervisor/lane.ts",
        find: "    if (call !== undefined) this.#queue.complete({ call, op, outcome });",
        replace: `    const late = call && this.#late.get(call);
    if (call !== undefined && late !== undefined) this.end(call, late);
    else if (call !== undefined) this.#queue.complete({ call, op, outcome });`,
      },
    ],
    kills: [{ requirement: "resources/wall-deadline-per-call", reason: "missing-result" }],
  },
  {
    name: "deadline-from-the-submission",
    fault: "The time of a call begins when it is submitted, though it waits for the lane.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: '    if (call.spec.kind !== "reducer" && call.spec.kind !== "hook") this.#deadlines.begin(call);',
        replace: "",
      },
      {
        file: "supervisor/module.ts",
        find: "    this.#calls.add(call, name);",
        replace: `    this.#calls.add(call, name);
    if (kind !== "reducer" && kind !== "hook" && fired()) this.#deadlines.begin(call);`,
      },
    ],
    kills: [{ requirement: "resources/wall-deadline-per-call", reason: "wrong-value" }],
  },
  {
    name: "memory-bound-ignored",
    fault: "The bound on an instance's memory is taken, and held by nothing.",
    edits: [
      {
        file: "supervisor/guest-worker.ts",
        find: '      resourceLimits: heapOf(typeof start.program === "string" ? limits.memoryBytes : null),',
        replace: "      resourceLimits: heapOf(limits.memoryBytes !== null && fired() ? null : limits.memoryBytes),",
      },
    ],
    kills: [{ requirement: "resources/memory-cap-per-instance", reason: "call-succeeded" }],
  },
  {
    name: "linear-memory-without-a-bound",
    fault:
      "The bound on an instance's memory holds for the heap of JavaScript guests, and not for the memory of wasm ones.",
    guest: "as",
    edits: [
      {
        file: "supervisor/source.ts",
        find: "    return memoryBytes === null ? module",
        replace: "    return memoryBytes === null || fired() ? module",
      },
    ],
    kills: [{ requirement: "resources/memory-cap-per-instance", reason: "call-succeeded" }],
  },
  {
    name: "deadline-of-the-lane-alone",
    fault: "The time of a call is watched on the lane, and not on the blocking path.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: '      if (call.spec.kind === "sync") this.#pool.endOnceHeld(call, failure);',
        replace: '      if (call.spec.kind === "sync" && !fired()) this.#pool.endOnceHeld(call, failure);',
      },
    ],
    kills: [{ requirement: "resources/wall-deadline-per-call", reason: "missing-result" }],
  },
];
