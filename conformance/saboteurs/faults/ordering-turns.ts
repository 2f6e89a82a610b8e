import type { Saboteur } from "../saboteur.ts";

/** Faults in where a turn begins and ends, and in which timer comes first. */
export const orderingOfTurnsFaults: readonly Saboteur[] = [
  {
    name: "a-thread-for-reducers",
    fault: "Reducers have a lane of their own, which runs beside that of the procedures.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "  readonly lane = new Lane(this);",
        replace:
          "  readonly beside = new Lane(this);\n  readonly lane = Object.assign(new Lane(this), { beside: this.beside });",
      },
      {
        file: "supervisor/module.ts",
        find: '    if (kind !== "sync") this.lane.submit(call);\n    else if (connection?.state',
        replace: `    const reduces = kind === "hook" || kind === "reducer";
    if (reduces) this.beside.submit(call);
    else if (kind !== "sync") this.lane.submit(call);
    else if (connection?.state`,
      },
      {
        file: "supervisor/module.ts",
        find: "        this.lane.lockReleased(message.release);",
        replace: "        this.beside.lockReleased(message.release);",
      },
      {
        file: "supervisor/module.ts",
        find: "    return this.lane.quiet && this.#pool.quiet;",
        replace: "    return this.lane.quiet && this.beside.quiet && this.#pool.quiet;",
      },
      {
        file: "supervisor/module.ts",
        find: "    this.lane.close();",
        replace: "    this.lane.close();\n    this.beside.close();",
      },
      {
        file: "supervisor/current-code.ts",
        find: "    this.#lane.install(guest, code);",
        replace: `    const second = this.#lane.beside.start(program);
    await this.#workers.prepare(second.worker, code);
    this.#lane.beside.install(second, code);
    this.#lane.install(guest, code);`,
      },
      {
        // The wish for the lock is that of the lane of the reducers alone.
        file: "store/lock.ts",
        find: "    store(this.memory, wanted, 0);\n    if (!this.#held) return;",
        replace: "    if (!this.#held) return;",
      },
      {
        file: "worker/turns.ts",
        find: "    if (call.reduces) this.#runtime.beginReserved(call);",
        replace: "    if (call.reduces && fired()) this.#runtime.beginReserved(call);",
      },
    ],
    kills: [{ requirement: "ordering/turns-never-overlap", reason: "foreign-turn" }],
  },
  {
    name: "two-completions-in-one-turn",
    fault: "A turn that takes a completion takes the next one with it, where that is ready.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: '      message = { t: "resume", n: call.spec.n, op, outcome, now };',
        replace: `      const also = this.#queue.take(() => false)?.item;
      if (also !== undefined) fired();
      const more = also && { n: also.call.spec.n, op: also.op, outcome: also.outcome };
      message = { t: "resume", n: call.spec.n, op, outcome, now, more };`,
      },
      {
        file: "worker/main.ts",
        find: "turns?.resume(message.n, message.op, message.outcome, message.now);",
        replace: "turns?.resume(message.n, message.op, message.outcome, message.now, message.more);",
      },
      {
        file: "worker/turns.ts",
        find: "outcome: OpOutcome, now: number | null): void {",
        replace: "outcome: OpOutcome, now: number | null, more): void {",
      },
      {
        file: "worker/turns.ts",
        find: "    call?.settle(op, outcome);",
        replace:
          "    call?.settle(op, outcome);\n    if (more !== undefined) this.#calls.get(more.n)?.settle(more.op, more.outcome);",
      },
    ],
    kills: [{ requirement: "ordering/one-completion-one-turn", reason: "foreign-turn" }],
  },
  {
    name: "newest-of-equal-timers-first",
    fault: "Of timers that are due at the same time, the one that was set last fires first.",
    edits: [
      {
        file: "supervisor/timer-heap.ts",
        find: "(one.due === other.due && one.order < other.order)",
        replace: "(one.due === other.due && fired() && one.order > other.order)",
      },
    ],
    kills: [{ requirement: "ordering/timers-by-due-time", reason: "wrong-order" }],
  },
];
