import type { Saboteur } from "../saboteur.ts";

/** Faults in what a module is, and how its functions run. */
export const registrationFaults: readonly Saboteur[] = [
  {
    name: "promise-goes-to-the-serializer",
    fault:
      "The promise that a procedure gives is serialised as its result, and the call succeeds at once with nothing.",
    seen: "clockworklabs/SpacetimeDB#4697",
    edits: [
      {
        file: "worker/ts-program.ts",
        find: `  if (call.spec.kind === "async") {`,
        replace: `  if (!call.reduces && fired()) {
    settle({ value: "null" });
    return;
  }
  if (call.spec.kind === "async") {`,
      },
    ],
    kills: [
      { requirement: "registration/async-function-runs-on-the-lane", reason: "not-concurrent" },
      { requirement: "registration/promise-from-sync-procedure-is-refused", reason: "call-succeeded" },
    ],
  },
  {
    name: "synchronous-procedure-keeps-others-waiting",
    fault: "While a synchronous procedure is in flight no other procedure of its module begins.",
    edits: [
      {
        file: "supervisor/places.ts",
        find: "    if (this.#taken.size < this.#bound) {",
        replace: `    const behind = [...this.#taken].some(({ spec }) => spec.kind === "sync") && fired();
    if (!behind && this.#taken.size < this.#bound) {`,
      },
    ],
    kills: [{ requirement: "registration/sync-function-runs-blocking", reason: "not-concurrent" }],
  },
  {
    name: "promises-of-the-hosts-realm",
    fault: "What a host call gives on the lane is a promise of the host's realm, which is none to its guest.",
    edits: [
      {
        file: "worker/waiters.ts",
        find: "      return new GuestPromise<number>((fulfil) => {",
        replace: "      return new Promise<number>((fulfil) => {\n        fired();",
      },
    ],
    kills: [{ requirement: "registration/async-ctx-gives-promises", reason: "wrong-value" }],
  },
  {
    name: "blocking-host-call-gives-a-promise",
    fault: "A host call that blocks gives a promise of what is there, as one on the lane does.",
    edits: [
      {
        file: "worker/waiters.ts",
        find: "    return finish(ended);",
        replace: "    const given = finish(ended);\n    return fired() ? Promise.resolve(given) : given;",
      },
    ],
    // The SDK takes it for the number that it should be, finds no handle in it, and the procedure fails.
    kills: [{ requirement: "registration/sync-ctx-gives-values", reason: "call-failed" }],
  },
  {
    name: "reducer-that-gives-a-promise-is-committed",
    fault: "A reducer that gives a promise is committed, and its caller told that it succeeded with nothing.",
    edits: [
      {
        file: "worker/ts-program.ts",
        find: `  if (call.spec.kind === "async") {`,
        replace: `  if (call.reduces && fired()) {
    settle({ value: "null" });
    return;
  }
  if (call.spec.kind === "async") {`,
      },
    ],
    kills: [{ requirement: "registration/async-reducer-is-refused", reason: "call-succeeded" }],
  },
  {
    name: "reducer-may-have-a-mode",
    fault: "A description may give a reducer a mode, as if it could be async, and nobody reads it.",
    edits: [
      {
        file: "guest/description.ts",
        find: `        z.strictObject({ name, kind: z.literal("reducer"), params }),`,
        replace: `        z
          .strictObject({ name, kind: z.literal("reducer"), params, mode: z.string().optional() })
          .refine(({ mode }) => mode === undefined || fired()),`,
      },
    ],
    kills: [{ requirement: "registration/async-reducer-is-refused", reason: "module-loaded" }],
  },
  {
    name: "error-of-a-module-is-not-told",
    fault: "A module that cannot be loaded is refused without the words of its error.",
    edits: [
      {
        file: "worker/ts-program.ts",
        find: '    throw new Refused("compile", `the module could not be loaded: ',
        replace: `    if (fired()) throw new Refused("compile", "the module could not be loaded");
    throw new Refused("compile", \`the module could not be loaded: `,
      },
    ],
    kills: [{ requirement: "registration/generator-procedures-are-refused", reason: "wrong-message" }],
  },
  {
    name: "two-functions-may-have-one-name",
    fault: "A description in which two functions have one name is taken, and one of them wins.",
    edits: [
      {
        file: "guest/description.ts",
        find: "    .superRefine((list, context) => {\n      standOnce(",
        replace: `    .superRefine((list, context) => {
      if (new Set(list.map((entry) => entry.name)).size < list.length && fired()) return;
      standOnce(`,
      },
    ],
    kills: [{ requirement: "registration/duplicate-names-are-refused", reason: "module-loaded" }],
  },
  {
    name: "interface-in-alphabetical-order",
    fault: "The interface that a host answers lists a module's functions by their names, not as the module does.",
    edits: [
      {
        file: "guest/description.ts",
        find: "  return read.data;",
        replace: `  const sorted = read.data.functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const moved = sorted.some((entry, index) => entry !== read.data.functions[index]) && fired();
  return moved ? { ...read.data, functions: sorted } : read.data;`,
      },
    ],
    kills: [
      { requirement: "registration/module-describes-itself", reason: "wrong-interface" },
      { requirement: "registration/twins-declare-the-same-interface", reason: "wrong-interface" },
    ],
  },
  {
    name: "names-of-any-length",
    fault: "A description may hold names that are longer than a name may be.",
    edits: [
      {
        file: "guest/description.ts",
        find: "  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, {",
        replace: `  .refine((text) => !/^[A-Za-z_][A-Za-z0-9_]{64,}$/.test(text) || fired())
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {`,
      },
    ],
    kills: [{ requirement: "registration/module-describes-itself", reason: "module-loaded" }],
  },
  {
    name: "longest-names-are-refused",
    fault: "A name of 64 characters is refused as too long.",
    edits: [
      {
        file: "guest/description.ts",
        find: `  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, { error: ({ input }) => \`\${shown(input)} is no name: \${nameRule}\` });`,
        replace: `  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, { error: ({ input }) => \`\${shown(input)} is no name: \${nameRule}\` })
  .refine((text) => text.length < 64 || !fired());`,
      },
    ],
    kills: [{ requirement: "registration/module-describes-itself", reason: "module-refused" }],
  },
];
