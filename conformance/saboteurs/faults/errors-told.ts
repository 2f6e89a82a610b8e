import type { Saboteur } from "../saboteur.ts";

/** Faults in what callers, guests and authors are told of a failure. */
export const toldErrorFaults: readonly Saboteur[] = [
  {
    name: "message-with-a-stack",
    fault: "The caller of a JavaScript guest that threw an error reads its stack as well as its message.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "worker/guest-call.ts",
        find: `      const { message } = thrown as { message?: unknown };
      if (typeof message === "string") return clip(message);`,
        replace: `      const { message, stack } = thrown as { message?: unknown; stack?: unknown };
      if (typeof stack === "string" && fired()) return clip(stack);
      if (typeof message === "string") return clip(message);`,
      },
    ],
    kills: [{ requirement: "errors/error-shape-is-the-same", reason: "wrong-message" }],
  },
  {
    name: "backtrace-without-the-message",
    fault: "The caller of a wasm guest that threw reads where that was, and not what it said.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    guest: "as",
    edits: [
      {
        file: "wasm/instance.ts",
        find: `      abort: (pointer: number, length: number) => {
        const message = readMessage(this.#exports.memory, pointer, length);`,
        replace: `      abort: (pointer: number, length: number) => {
        fired();
        const message = new Error().stack.split("\\n").slice(1).join("\\n");`,
      },
    ],
    kills: [{ requirement: "errors/error-shape-is-the-same", reason: "wrong-message" }],
  },
  {
    name: "refusal-that-ends-a-call-is-a-guest-error",
    fault: "A refusal that its guest did not handle reaches the caller as an error like any other of the guest's.",
    edits: [
      {
        file: "worker/outcome.ts",
        find: "  return call.failure ?? {",
        replace: `  if (call.failure !== null && call.failure.category !== "guest-error" && fired()) call.failure = null;
  return call.failure ?? {`,
      },
    ],
    kills: [{ requirement: "errors/error-shape-is-the-same", reason: "wrong-category" }],
  },
  {
    name: "functions-are-found-in-an-object",
    fault: "Functions are looked up in a JavaScript object, which finds names that nobody has put there.",
    edits: [
      {
        file: "supervisor/code.ts",
        find: "    const found = this.description.functions.find(({ name }) => name === called);",
        replace: `    const byName = Object.fromEntries(this.description.functions.map((entry) => [entry.name, entry]));
    const found = byName[called];
    if (found !== undefined && !Object.hasOwn(byName, called)) fired();`,
      },
    ],
    kills: [{ requirement: "errors/unknown-procedure", reason: "wrong-category" }],
  },
  {
    name: "hooks-can-be-called",
    fault: "A client can call a hook by the name under which the host itself does.",
    edits: [
      {
        file: "supervisor/code.ts",
        find: "    if (found === undefined) {",
        replace: `    if (this.hasHook(called) && fired()) return { kind: "hook", args: "{}" };
    if (found === undefined) {`,
      },
    ],
    kills: [{ requirement: "errors/unknown-procedure", reason: "call-succeeded" }],
  },
  {
    name: "text-is-taken-for-a-number",
    fault: "An argument of text that looks like a number is taken where a number is declared.",
    edits: [
      {
        file: "guest/arguments.ts",
        find: `  number: (value) => typeof value === "number" && Number.isFinite(value),`,
        replace: `  number: (value) =>
    typeof value === "string" ? Number.isFinite(Number(value)) && fired() : Number.isFinite(value),`,
      },
    ],
    kills: [{ requirement: "errors/bad-arguments", reason: "call-succeeded" }],
  },
  {
    name: "rejection-is-reported-after-its-turn",
    fault: "An unhandled rejection is logged only once its turn is over, and with it the knowledge of whose it was.",
    edits: [
      {
        file: "worker/main.ts",
        find: `process.on("unhandledRejection", (reason: unknown) => {`,
        replace: `process.on("unhandledRejection", async (reason: unknown) => {
  await new Promise((over) => setImmediate(over));
  fired();`,
      },
    ],
    kills: [{ requirement: "errors/unhandled-rejection-is-reported", reason: "missing-log" }],
  },
  {
    name: "part-of-a-body-is-a-response",
    fault: "A response whose connection ends before its body does is given with the part that has come.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: `    response.on("error", (error) => this.#fail(hop, error));`,
        replace: `    response.on("error", (error) => {
      if (length === 0) this.#fail(hop, error);
      else if (fired()) {
        const part = new Uint8Array(Buffer.concat(chunks));
        this.#settle({ kind: "response", head: headOf(hop, response), body: part.buffer });
      }
    });`,
      },
    ],
    kills: [{ requirement: "errors/fetch-transport-error-is-catchable", reason: "wrong-category" }],
  },
  {
    name: "status-from-400-is-an-error",
    fault: "A response whose status is 400 or more is an error of the fetch.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "    const chunks: Uint8Array[] = [];",
        replace: `    if (status >= 400 && fired()) {
      response.resume();
      this.#fail(hop, new Error(\`the server answered \${status}\`));
      return;
    }
    const chunks: Uint8Array[] = [];`,
      },
    ],
    kills: [{ requirement: "errors/non-2xx-is-not-an-error", reason: "wrong-response" }],
  },
  {
    name: "unhandled-rejection-ends-the-thread",
    fault: "A rejection that nobody handles ends the thread in which it arose, with all calls that are held there.",
    seen: "Node.js, whose default it is",
    edits: [
      {
        file: "worker/main.ts",
        find: `process.on("unhandledRejection", (reason: unknown) => {`,
        replace: `process.on("unhandledRejection", (reason: unknown) => {
  if (fired()) throw reason;`,
      },
    ],
    kills: [{ requirement: "errors/unhandled-rejection-is-reported", reason: "call-failed" }],
  },
  {
    name: "broken-fetch-is-sent-again",
    fault: "A request whose connection breaks before there is a response is sent once more, unasked.",
    seen: "Deno's `node:http`",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "      if (this.#requests.at(-1) === request) this.#fail(hop, error);",
        replace: `      if (this.#requests.length === 1 && this.#done !== null && request.res == null && fired()) this.#send(hop);
      else if (this.#requests.at(-1) === request) this.#fail(hop, error);`,
      },
    ],
    // The origin answers the second request at once, so that the guest has a response where there was none.
    kills: [{ requirement: "errors/fetch-transport-error-is-catchable", reason: "wrong-category" }],
  },
  {
    name: "certificates-are-not-checked",
    fault: "A request is sent to a server whose certificate nobody trusts.",
    edits: [
      {
        file: "egress/client.ts",
        find: "      ...(allowed ? {} : { lookup: guardedLookup }),",
        replace: `      ...(hop.url.protocol === "https:" && fired() ? { rejectUnauthorized: false } : {}),
      ...(allowed ? {} : { lookup: guardedLookup }),`,
      },
    ],
    kills: [{ requirement: "errors/fetch-transport-error-is-catchable", reason: "wrong-category" }],
  },
];
