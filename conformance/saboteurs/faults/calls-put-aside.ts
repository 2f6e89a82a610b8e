import type { Edit } from "../saboteur.ts";

/**
 * Edits of a module that puts calls aside as they are submitted, and submits them again, in order, when a call has begun or ended. `aside` is an
 * expression over the `call`, its `kind` and its `connection`, and over `this.flying`, which tells whether one of the procedures in flight is of a kind.
 */
export function clientCallsWait({ aside }: { readonly aside: string }): readonly Edit[] {
  return [
    {
      file: "supervisor/module.ts",
      find: '    if (kind !== "sync") this.lane.submit(call);\n    else if (connection?.state',
      replace: `    this.#route(call);
    this.#checkQueue(call);
  }

  readonly #flying = new Set();
  readonly #aside = [];

  flying(is) {
    return [...this.#flying].some(is);
  }

  #routeAside() {
    for (const call of this.#aside.splice(0)) if (this.#calls.has(call)) this.#route(call);
  }

  #route(call) {
    const { connection, spec: { kind } } = call;
    if (connection !== null && kind !== "hook" && ${aside} && fired()) {
      this.#aside.push(call);
      return;
    }
    if (kind !== "hook" && kind !== "reducer") this.#flying.add(call);
    if (kind !== "sync") this.lane.submit(call);
    else if (connection?.state`,
    },
    {
      file: "supervisor/module.ts",
      find: "    else this.#toPool(call);\n    this.#checkQueue(call);",
      replace: "    else this.#toPool(call);",
    },
    {
      file: "supervisor/module.ts",
      find: "  began(call: Call): void {\n    this.#waiting.delete(call);",
      replace: "  began(call: Call): void {\n    this.#waiting.delete(call);\n    this.#routeAside();",
    },
    {
      file: "supervisor/module.ts",
      find: "    this.#places.free(call);\n  }\n\n  #toPool",
      replace:
        "    this.#places.free(call);\n    this.#flying.delete(call);\n    this.#routeAside();\n  }\n\n  #toPool",
    },
  ];
}
