import type { Saboteur } from "../saboteur.ts";

const endOfTick = `        this.#submit(scheduled, () => {
          inFlight = false;
        });`;

/** Faults in schedules that come again and again. */
export const intervalFaults: readonly Saboteur[] = [
  {
    name: "interval-of-whole-milliseconds",
    fault: "The interval of a schedule is rounded to whole milliseconds.",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: "      else this.#repeat(scheduled, scheduled.every);",
        replace: `      else {
        const whole = Math.round(scheduled.every);
        this.#repeat(scheduled, whole !== scheduled.every && fired() ? whole : scheduled.every);
      }`,
      },
    ],
    kills: [{ requirement: "scheduling/interval-does-not-drift", reason: "wrong-row" }],
  },
  {
    name: "interval-counted-from-the-last-run",
    fault: "The next tick of a schedule falls due an interval after the call of the one before has ended.",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: endOfTick,
        replace: `        this.#submit(scheduled, () => {
          inFlight = false;
          if (fired()) this.#at(this.#clock.now() + every, fire);
        });`,
      },
      { file: "supervisor/schedules.ts", find: "      this.#at(next, fire);\n", replace: "" },
    ],
    kills: [
      { requirement: "scheduling/interval-does-not-drift", reason: "wrong-row" },
      { requirement: "scheduling/missed-ticks-are-skipped", reason: "wrong-row" },
    ],
  },
  {
    name: "missed-ticks-made-up-for",
    fault:
      "Ticks that fall due while the one before is in flight are owed, and run one after the other once that has ended.",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: `      if (!inFlight) {
        inFlight = true;
${endOfTick}
      }`,
        replace: `      const run = () => {
        inFlight = true;
        this.#submit(scheduled, () => {
          inFlight = false;
          if (owed === 0) return;
          owed -= 1;
          run();
        });
      };
      if (!inFlight) run();
      else if (fired()) owed += 1;`,
      },
      {
        file: "supervisor/schedules.ts",
        find: "    let inFlight = false;",
        replace: "    let inFlight = false;\n    let owed = 0;",
      },
    ],
    kills: [{ requirement: "scheduling/missed-ticks-are-skipped", reason: "wrong-row" }],
  },
  {
    name: "ticks-overlap",
    fault: "A tick begins at its time though the call of the one before is in flight.",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: "      if (!inFlight) {",
        replace: "      if (!inFlight || fired()) {",
      },
    ],
    kills: [{ requirement: "scheduling/no-overlap-of-one-schedule", reason: "wrong-row" }],
  },
  {
    name: "held-tick-holds-up-every-schedule",
    fault: "While the call of one schedule's tick is in flight no tick of any other schedule begins.",
    seen: "clockworklabs/SpacetimeDB#5224",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: "      if (!inFlight) {\n        inFlight = true;",
        replace:
          "      if (!inFlight && !(this.#busy && fired())) {\n        inFlight = true;\n        this.#busy = true;",
      },
      {
        file: "supervisor/schedules.ts",
        find: endOfTick,
        replace: `        this.#submit(scheduled, () => {
          inFlight = false;
          this.#busy = false;
        });`,
      },
      {
        file: "supervisor/schedules.ts",
        find: "  readonly #timers = new Set<Timer>();",
        replace: "  #busy = false;\n  readonly #timers = new Set<Timer>();",
      },
    ],
    kills: [{ requirement: "scheduling/no-overlap-of-one-schedule", reason: "wrong-row" }],
  },
];
