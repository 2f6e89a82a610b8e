import type { Saboteur } from "../saboteur.ts";

/** Faults in where a turn begins and ends, and in which timer comes first. */
export const orderingOfTurnsFaults: readonly Saboteur[] = [
  {
    name: "begin-of-a-transaction-yields",
    fault: "A procedure that begins a transaction waits in the ready queue for it, and other turns come before.",
    guest: "as",
    edits: [
      {
        file: "wasm/instance.ts",
        find: "      tx_begin: done((call) => call.begin()),",
        replace: `      tx_begin: suspends(() => {
        if (sort === "plain") return this.#answer((call) => call.begin());
        const given = this.#wait((call, settled) => call.queue(settled));
        return typeof given === "number" ? given : given.then(() => this.#answer((call) => call.begin()));
      }),`,
      },
      {
        file: "worker/guest-call.ts",
        find: "  /** Hands a settled operation to what waits for it",
        replace: `  queue(settled) {
    this.#alive();
    const op = this.#runtime.nextOp();
    this.#runtime.post({ t: "queue", n: this.spec.n, op });
    return this.#issued(op, settled, null);
  }

  /** Hands a settled operation to what waits for it`,
      },
      {
        file: "supervisor/lane.ts",
        find: '    if (message.t === "forgotten") {',
        replace: `    if (message.t === "queue" && fired()) {
      this.#settled(guest, message.n, message.op, { kind: "slept" });
      return;
    }
    if (message.t === "forgotten") {`,
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
  {
    name: "timers-in-steps",
    fault: "Timers are kept in steps of ten milliseconds, and fire at the one before they are due.",
    edits: [
      {
        file: "supervisor/timer-heap.ts",
        find: "    const node: Node = { due,",
        replace:
          "    const whole = Math.floor(due / 10) * 10;\n    if (whole !== due && fired()) due = whole;\n    const node: Node = { due,",
      },
    ],
    kills: [{ requirement: "ordering/timers-by-due-time", reason: "wrong-order" }],
  },
  {
    name: "clock-moves-past-all-timers",
    fault: "A clock that is moved stands at its new time when the first of the timers that are due by then fires.",
    edits: [
      {
        file: "supervisor/clock.ts",
        find: "      this.memory[0] = Math.max(this.now(), next);",
        replace: "      if (next < to) fired();\n      this.memory[0] = Math.max(this.now(), to);",
      },
    ],
    kills: [{ requirement: "ordering/timers-by-due-time", reason: "wrong-order" }],
  },
  {
    name: "outcomes-in-order-of-submission",
    fault: "The outcome of a call waits until those of all calls that were submitted before it are there.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "    if (call !== undefined) this.#queue.complete({ call, op, outcome });",
        replace: `    if (call !== undefined) this.#outcomes.push({ call, op, outcome });
    this.#outcomes.sort((one, other) => one.call.spec.n - other.call.spec.n);
    const waits = ({ spec }) => [...guest.begun.keys()].some((n) => n < spec.n && guest.worker.operations.pends(n));
    for (const item of this.#outcomes.splice(0)) {
      if (waits(item.call) && fired()) this.#outcomes.push(item);
      else this.#queue.complete(item);
    }`,
      },
      {
        file: "supervisor/operations.ts",
        find: "  /** Drops everything. */",
        replace: "  pends(n) {\n    return this.#pending.has(n);\n  }\n\n  /** Drops everything. */",
      },
      {
        file: "supervisor/lane.ts",
        find: "  turns = 0;\n",
        replace: "  turns = 0;\n  readonly #outcomes = [];\n",
      },
    ],
    kills: [{ requirement: "ordering/resume-in-release-order", reason: "wrong-order" }],
  },
];
