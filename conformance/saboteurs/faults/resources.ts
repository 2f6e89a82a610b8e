import type { Saboteur } from "../saboteur.ts";
import { boundFaults } from "./resources-bounds.ts";

/** Faults in what calls cost, and where a host stops. */
export const resourcesFaults: readonly Saboteur[] = [
  {
    name: "thread-for-each-name",
    fault: "A helper thread is started for each name that is looked up, and kept.",
    edits: [
      {
        file: "egress/client.ts",
        find: 'import { Agent as HttpsAgent, request as httpsRequest } from "node:https";',
        replace: `import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Worker } from "node:worker_threads";`,
      },
      {
        file: "egress/client.ts",
        find: "    const [open, agent] =",
        replace: `    if (literal === null && fired()) {
      new Worker("setInterval(() => {}, 2 ** 30)", { eval: true });
    }
    const [open, agent] =`,
      },
    ],
    kills: [{ requirement: "resources/threads-flat", reason: "threads-grew" }],
  },
  {
    name: "two-instances-take-turns",
    fault: "A module has two instances, to which its calls go in turns.",
    edits: [
      {
        file: "worker/ts-program.ts",
        find: "  const exports = checkExports(exported);\n",
        replace: `  const exports = checkExports(exported);
  const second = checkExports((await realm.evaluate(source)).exported);
  let calls = 0;
`,
      },
      {
        file: "worker/ts-program.ts",
        find: "        value = exports.call(",
        replace: "        calls += 1;\n        value = (calls % 2 === 0 && fired() ? second : exports).call(",
      },
    ],
    kills: [{ requirement: "resources/isolates-flat", reason: "isolates-grew" }],
  },
  {
    name: "room-for-each-held-fetch",
    fault: "Each fetch that is held has a large buffer for the body that may come.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "  /** The request of each hop, the last one last. */",
        replace: `  readonly room = fired() ? new Uint8Array(384 << 10).fill(1) : null;
  /** The request of each hop, the last one last. */`,
      },
    ],
    kills: [{ requirement: "resources/memory-slope", reason: "memory-grew" }],
  },
  {
    name: "ended-calls-are-kept",
    fault: "What a call had on its heap stays when it has ended, because a list of its host names it.",
    edits: [
      {
        file: "worker/turns.ts",
        find: "  #ended: Ended[] = [];",
        replace: "  readonly #kept: unknown[] = [];\n  #ended: Ended[] = [];",
      },
      {
        file: "worker/turns.ts",
        find: "    const open = call.close();",
        replace:
          "    if (fired()) this.#kept.push({ call, stack: new Uint8Array(32 << 10).fill(1) });\n    const open = call.close();",
      },
    ],
    kills: [{ requirement: "resources/memory-slope", reason: "memory-grew" }],
  },
  {
    name: "row-iterators-left-open",
    fault: "A scan reads through a cursor of its own, which nobody closes when its call has ended.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "store/tables.ts",
        find: "    const database = openStore(path);",
        replace: "    this.#path = path;\n    const database = openStore(path);",
      },
      {
        file: "store/tables.ts",
        find: "  readonly #touched = new Map<number, Set<string>>();",
        replace: `  readonly #touched = new Map<number, Set<string>>();
  readonly #path: string;
  readonly #cursors: unknown[] = [];`,
      },
      {
        file: "store/tables.ts",
        find: '    let text = "[";',
        replace: `    const cursor = openStore(this.#path).prepare("SELECT max(seq) FROM commits");
    cursor.get();
    if (fired()) this.#cursors.push(cursor);
    let text = "[";`,
      },
    ],
    kills: [{ requirement: "resources/no-handle-growth", reason: "handles-grew" }],
  },
  {
    name: "connections-never-used-again",
    fault: "The connection of a fetch that has ended is kept open, and no other fetch is sent on it.",
    edits: [
      {
        file: "egress/client.ts",
        find: "      agent,\n",
        replace: "      agent: fired() ? new (agent.constructor as typeof HttpAgent)(keep) : agent,\n",
      },
    ],
    kills: [{ requirement: "resources/no-handle-growth", reason: "handles-grew" }],
  },
  ...boundFaults,
];
