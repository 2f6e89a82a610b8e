import type { Saboteur } from "../saboteur.ts";
import { clientCallsWait } from "./calls-put-aside.ts";
import { concurrencyPlacesFaults } from "./concurrency-places.ts";

/** Faults in what can be in flight at once. */
export const concurrencyFaults: readonly Saboteur[] = [
  {
    name: "a-thread-and-an-isolate-for-each-procedure",
    fault: "An asynchronous procedure runs on the blocking path, and keeps its thread and its isolate while it waits.",
    seen: "clockworklabs/SpacetimeDB#4697",
    edits: [
      {
        file: "supervisor/module.ts",
        find: '    if (kind !== "sync") this.lane.submit(call);\n    else if (connection?.state',
        replace:
          '    if (kind !== "sync" && !(kind === "async" && fired())) this.lane.submit(call);\n    else if (connection?.state',
      },
    ],
    kills: [{ requirement: "concurrency/n-procedures-held-at-once", reason: "not-concurrent" }],
  },
  {
    name: "a-thread-for-each-fetch",
    fault: "A fetch takes a thread, which ends when its response is there.",
    seen: "clockworklabs/SpacetimeDB#4697",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: 'import { code } from "../guest/codes.ts";',
        replace: 'import { Worker } from "node:worker_threads";\nimport { code } from "../guest/codes.ts";',
      },
      {
        file: "supervisor/operations.ts",
        find: "      limit.cancel();\n      this.#end(n, op, outcome);\n    });",
        replace: `      limit.cancel();
      thread.terminate().then(() => this.#end(n, op, outcome));
    });
    const thread = new Worker("setInterval(() => {}, 1000)", { eval: true });
    fired();`,
      },
      {
        file: "supervisor/operations.ts",
        find: "      limit.cancel();\n      fetch.abort();",
        replace: "      limit.cancel();\n      thread.terminate();\n      fetch.abort();",
      },
    ],
    kills: [{ requirement: "concurrency/lanes-are-constant", reason: "threads-grew" }],
  },
  {
    name: "calls-dealt-to-two-instances",
    fault: "A lane has two instances of its module, to which calls are dealt in turns.",
    edits: [
      {
        file: "worker/ts-program.ts",
        find: "    ({ exported } = await realm.evaluate(source));",
        replace:
          "    ({ exported } = await realm.evaluate(source));\n    second = (await realm.evaluate(source)).exported;",
      },
      { file: "worker/ts-program.ts", find: "  let exported: unknown;", replace: "  let exported, second;" },
      {
        file: "worker/ts-program.ts",
        find: "  const exports = checkExports(exported);",
        replace: "  const exports = checkExports(exported);\n  const other = checkExports(second);\n  let calls = 0;",
      },
      {
        file: "worker/ts-program.ts",
        find: "        value = exports.call(host, call.spec.function, call.spec.args);",
        replace: `        calls += 1;
        value = (calls % 2 === 0 && fired() ? other : exports).call(host, call.spec.function, call.spec.args);`,
      },
    ],
    kills: [{ requirement: "concurrency/lanes-are-constant", reason: "isolates-grew" }],
  },
  {
    name: "one-procedure-of-a-client-at-a-time",
    fault: "A procedure does not begin while another of its connection is in flight.",
    edits: clientCallsWait({
      aside: "kind !== 'reducer' && this.flying((other) => other.connection === connection)",
    }),
    kills: [{ requirement: "concurrency/procedure-opens-the-gate", reason: "not-concurrent" }],
  },
  {
    name: "fetches-of-a-call-one-at-a-time",
    fault: "A fetch is sent only when the one before it in its call has ended.",
    edits: [
      {
        file: "supervisor/operations.ts",
        find: "    const fetch = this.#egress.fetch(",
        replace: `    if (this.#pending.has(n) && fired()) {
      const later = this.#later.get(n) ?? [];
      later.push({ op, request, body });
      this.#later.set(n, later);
      return;
    }
    const fetch = this.#egress.fetch(`,
      },
      {
        file: "supervisor/operations.ts",
        find: "    this.#settled(n, op, outcome);\n  }",
        replace: `    this.#settled(n, op, outcome);
    const next = this.#later.get(n)?.shift();
    if (next !== undefined) this.fetch(n, next.op, next.request, next.body);
  }

  readonly #later = new Map();`,
      },
    ],
    kills: [{ requirement: "concurrency/parallel-fetches-in-one-procedure", reason: "not-concurrent" }],
  },
  {
    name: "nothing-begins-while-a-body-comes",
    fault: "Between the head of a response and the end of its body no call begins.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "/** The bounds of a fetch. */",
        replace: "export const bodies = { open: 0 };\n\n/** The bounds of a fetch. */",
      },
      {
        file: "egress/fetch.ts",
        find: "    const chunks: Uint8Array[] = [];",
        replace: `    bodies.open += 1;
    response.on("close", () => {
      bodies.open -= 1;
    });
    const chunks: Uint8Array[] = [];`,
      },
      {
        file: "supervisor/module.ts",
        find: 'import { Workers } from "./workers.ts";',
        replace: 'import { Workers } from "./workers.ts";\nimport { bodies } from "../egress/fetch.ts";',
      },
      ...clientCallsWait({ aside: "bodies.open > 0" }),
    ],
    kills: [{ requirement: "concurrency/half-streamed-body-blocks-nobody", reason: "missing-result" }],
  },
  {
    name: "scheduled-calls-one-at-a-time",
    fault: "A scheduled call that is due waits until the one before it has ended.",
    seen: "clockworklabs/SpacetimeDB#5224",
    edits: [
      {
        file: "supervisor/schedules.ts",
        find: "    this.#submit = submit;",
        replace: `    let busy = false;
    const waiting = [];
    this.#submit = (scheduled, over) => {
      const start = () => {
        busy = true;
        submit(scheduled, () => {
          over();
          busy = false;
          waiting.shift()?.();
        });
      };
      if (busy && fired()) waiting.push(start);
      else start();
    };`,
      },
    ],
    kills: [{ requirement: "concurrency/scheduled-procedure-blocks-no-schedule", reason: "wrong-row" }],
  },
  {
    name: "suspended-calls-in-one-instance",
    fault:
      "Calls of a wasm module that are suspended share one instance, and with it the stack that its code keeps in memory.",
    guest: "as",
    edits: [
      {
        file: "wasm/program.ts",
        find: "    return this.#idle[sort].pop() ?? this.#make(sort);",
        replace: `    const [first] = this.#idle.suspending;
    if (sort === "suspending" && first !== undefined && fired()) return first;
    return this.#idle[sort].pop() ?? this.#make(sort);`,
      },
      {
        file: "wasm/program.ts",
        find: "    if (this.#idle[instance.sort].length < idleInstances) ",
        replace:
          "    if (this.#idle[instance.sort].includes(instance)) this.#count += 0;\n    else if (this.#idle[instance.sort].length < idleInstances) ",
      },
      {
        // What the host knows of each call it still tells apart: only the instance is shared.
        file: "wasm/instance.ts",
        find: "      pending = issue(call, (outcome) => resolve(this.#outcome(outcome))) !== null;",
        replace: `      const ofCall = (outcome) => {
        this.#call = call;
        return this.#outcome(outcome);
      };
      pending = issue(call, (outcome) => resolve(ofCall(outcome))) !== null;`,
      },
    ],
    kills: [{ requirement: "concurrency/suspended-wasm-calls-share-no-stack", reason: "call-failed" }],
  },
  ...concurrencyPlacesFaults,
];
