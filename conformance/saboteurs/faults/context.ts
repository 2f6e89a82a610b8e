import type { Edit, Saboteur } from "../saboteur.ts";

/** A lane keeps the call that began last. */
const lastBegunKept: readonly Edit[] = [
  {
    file: "worker/runtime.ts",
    find: "  /** The call whose turn is running. */",
    replace: "  lastBegun: GuestCall | null = null;\n  /** The call whose turn is running. */",
  },
  {
    file: "worker/turns.ts",
    find: "    this.#calls.set(spec.n, call);",
    replace: "    this.#calls.set(spec.n, call);\n    this.#runtime.lastBegun = call;",
  },
];

/** Faults in what a call knows of itself and of the world. */
export const contextFaults: readonly Saboteur[] = [
  {
    name: "timestamp-of-the-turn",
    fault: "The timestamp of a call is read from the clock each time that its guest asks for it.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "timestamp: this.timestamp, sender, connection, seed });",
        replace:
          "timestamp: this.timestamp !== this.#runtime.now() && fired() ? this.#runtime.now() : this.timestamp, sender, connection, seed });",
      },
    ],
    kills: [{ requirement: "context/timestamp-is-fixed-per-call", reason: "wrong-value" }],
  },
  {
    name: "timestamp-of-the-submission",
    fault: "The timestamp of a call is the time at which it was submitted, however long it waits to begin.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "      seed: callSeed(this.#host.runSeed, n),",
        replace: "      seed: callSeed(this.#host.runSeed, n),\n      submitted: this.#host.clock.now(),",
      },
      {
        file: "worker/guest-call.ts",
        find: "    this.timestamp = runtime.now();",
        replace: `    const { submitted } = spec as { submitted?: number };
    this.timestamp = submitted !== undefined && submitted !== runtime.now() && fired() ? submitted : runtime.now();`,
      },
    ],
    kills: [{ requirement: "context/timestamp-is-fixed-per-call", reason: "wrong-value" }],
  },
  {
    name: "generator-goes-on-across-calls",
    fault:
      "The random generator of reducers is one of their module's: what one call draws goes on where another stopped.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/runtime.ts",
        find: 'import { WorkerControl } from "../store/control.ts";',
        replace: 'import { sfc32 } from "../guest/random.ts";\nimport { WorkerControl } from "../store/control.ts";',
      },
      {
        file: "worker/runtime.ts",
        find: "  /** The store; only while a transaction is open. */",
        replace: `  #generator: (() => number) | null = null;

  seedAfter(first: readonly [number, number, number, number]): readonly number[] {
    const next = this.#generator;
    if (next !== null && fired()) return Array.from({ length: 4 }, () => next() * 2 ** 32);
    this.#generator = sfc32(first);
    return first;
  }

  /** The store; only while a transaction is open. */`,
      },
      {
        file: "worker/guest-call.ts",
        find: "    this.timestamp = runtime.now();",
        replace: `    this.timestamp = runtime.now();
    if (this.reduces) this.spec = { ...spec, seed: runtime.seedAfter(spec.seed) as unknown as CallSpec["seed"] };`,
      },
    ],
    kills: [{ requirement: "context/random-is-seeded", reason: "wrong-value" }],
  },
  {
    name: "one-seed-for-all-clients",
    fault: "Each call of a client has the seed of its module's first call.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "      seed: callSeed(this.#host.runSeed, n),",
        replace: "      seed: callSeed(this.#host.runSeed, connection !== null && fired() ? 0 : n),",
      },
    ],
    kills: [{ requirement: "context/random-is-seeded", reason: "wrong-value" }],
  },
  {
    name: "console-for-guests",
    fault: "A guest finds a console in its global scope, for its author's debugging.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    this.intrinsics = prepare(",
        replace: `    if (fired()) queueMicrotask(() => Object.assign(runInContext("globalThis", this.#context), { console }));
    this.intrinsics = prepare(`,
      },
    ],
    kills: [{ requirement: "context/nothing-but-ctx", reason: "ambient-name" }],
  },
  {
    name: "date-follows-the-clock",
    fault: "`Date` shows a guest the host's clock as it moves, and not the timestamp of its call.",
    edits: [
      {
        file: "worker/main.ts",
        find: "    now: () => runtime.current?.timestamp ?? runtime.now(),",
        replace: `    now: () => {
      const time = runtime.current?.timestamp ?? runtime.now();
      return time !== runtime.now() && fired() ? runtime.now() : time;
    },`,
      },
    ],
    kills: [{ requirement: "context/nothing-but-ctx", reason: "wrong-value" }],
  },
  {
    name: "random-of-the-language-is-unseeded",
    fault: "`Math.random()` gives a guest the engine's own numbers.",
    edits: [
      {
        file: "worker/main.ts",
        find: "      if (current === null) return random();",
        replace: "      if (current === null || fired()) return random();",
      },
    ],
    kills: [{ requirement: "context/nothing-but-ctx", reason: "wrong-value" }],
  },
  {
    name: "caller-kept-by-the-lane",
    fault:
      "Who calls is kept in a variable of the lane, which a call sets when it begins: after a yield it is the last one's.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      ...lastBegunKept,
      {
        file: "worker/guest-call.ts",
        find: "    const { name, function: called, sender, connection, seed } = this.spec;",
        replace: `    const { name, function: called, seed } = this.spec;
    const { lastBegun } = this.#runtime;
    const { sender, connection } = lastBegun !== null && lastBegun !== this && fired() ? lastBegun.spec : this.spec;`,
      },
    ],
    kills: [{ requirement: "context/caller-is-preserved-across-yields", reason: "wrong-value" }],
  },
  {
    name: "lines-under-the-last-begun-call",
    fault: "A line of the log names the call that began last, whichever call wrote it.",
    edits: [
      ...lastBegunKept,
      {
        file: "worker/runtime.ts",
        find: '    this.post({ t: "log", call: call?.spec.name ?? null, level, message });',
        replace: `    const under = this.lastBegun !== null && this.lastBegun !== call && fired() ? this.lastBegun : call;
    this.post({ t: "log", call: under?.spec.name ?? null, level, message });`,
      },
    ],
    kills: [{ requirement: "context/logs-name-their-call", reason: "wrong-order" }],
  },
  {
    name: "lines-of-a-failed-call-are-lost",
    fault: "The lines that a call logs are sent when it has succeeded, and thrown away with one that fails.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: '    this.#runtime.log(this, levels[level] ?? "error", clip(text));',
        replace: '    this.lines.push([levels[level] ?? "error", clip(text)]);',
      },
      {
        file: "worker/guest-call.ts",
        find: "  readonly seqs: number[] = [];",
        replace: "  readonly seqs: number[] = [];\n  readonly lines: [Level, string][] = [];",
      },
      {
        file: "worker/turns.ts",
        find: "    const open = call.close();",
        replace: `    const lost = "category" in outcome && call.lines.length > 0 && fired();
    if (!lost) for (const [level, text] of call.lines) this.#runtime.log(call, level, text);
    const open = call.close();`,
      },
    ],
    kills: [{ requirement: "context/logs-name-their-call", reason: "missing-log" }],
  },
  {
    name: "transaction-at-the-time-of-its-call",
    fault: "A transaction has the timestamp of its call for its time, however late in the call it begins.",
    edits: [
      {
        file: "worker/runtime.ts",
        find: "    this.began = max(this.now(), call.timestamp);",
        replace:
          "    this.began = this.now() > call.timestamp && fired() ? call.timestamp : max(this.now(), call.timestamp);",
      },
    ],
    kills: [{ requirement: "context/transaction-timestamp-not-before-call", reason: "wrong-value" }],
  },
  {
    name: "uuids-counted-anew",
    fault: "The count in the UUIDs of a module begins anew whenever another call makes one.",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: "    return this.#runtime.uuid();",
        replace: "    return this.#runtime.uuid(this);",
      },
      {
        file: "worker/runtime.ts",
        find: "  uuid(): string {",
        replace: `  #counting: GuestCall | null = null;

  uuid(call: GuestCall): string {
    if (this.#counting !== null && this.#counting !== call && fired()) this.#start.uuids[0] = 0n;
    this.#counting = call;`,
      },
    ],
    kills: [{ requirement: "context/uuids-are-ordered-and-unique", reason: "wrong-order" }],
  },
  {
    name: "lines-gathered-for-a-while",
    fault: "Lines of the log are gathered and sent some milliseconds later, be their call over or not.",
    edits: [
      {
        file: "protocol/session.ts",
        find: '    this.#notify("log", { module, call, level, message });',
        replace: `    setTimeout(() => {
      if (fired()) this.#notify("log", { module, call, level, message });
    }, 100);`,
      },
    ],
    kills: [{ requirement: "context/logs-name-their-call", reason: "missing-log" }],
  },
  {
    name: "uuids-at-the-machines-time",
    fault: "The time in a UUID is the machine's, whatever the host's clock shows.",
    edits: [
      {
        file: "worker/runtime.ts",
        find: "    return nextUuid(this.#start.uuids, this.#start.seed, this.now());",
        replace: "    return nextUuid(this.#start.uuids, this.#start.seed, fired() ? realNow() : this.now());",
      },
    ],
    kills: [{ requirement: "context/uuids-are-ordered-and-unique", reason: "wrong-value" }],
  },
  {
    name: "imports-reach-the-runtime",
    fault: "An import that a guest makes while it runs is resolved by the runtime's own loader.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "        importModuleDynamically: (specifier) => {",
        replace: "        importModuleDynamically: (specifier) => {\n          if (fired()) return import(specifier);",
      },
    ],
    kills: [{ requirement: "context/nothing-but-ctx", reason: "ambient-name" }],
  },
];
