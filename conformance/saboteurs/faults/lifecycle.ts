import type { Saboteur } from "../saboteur.ts";

/** Faults in how calls, connections, modules and hosts end. */
export const lifecycleFaults: readonly Saboteur[] = [
  {
    name: "gone-client-ends-the-host",
    fault:
      "A procedure that goes on takes its client's connection for granted, and the host ends where that is closed.",
    seen: "clockworklabs/SpacetimeDB#4286",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: '    if (turn.kind === "completion") {',
        replace: `    if (turn.kind === "completion") {
      if (call.connection?.state === "closing" && fired()) throw new Error("the connection of the call is gone");`,
      },
    ],
    kills: [{ requirement: "lifecycle/disconnect-while-held", reason: "host-exited" }],
  },
  {
    name: "closed-connection-cancels-its-calls",
    fault: "A connection that is closed takes the calls with it that are in flight on it.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "    if (!this.description.hooks.includes(name)) done(",
        replace: `    const left = name === "disconnected" ? this.#calls.of(connection) : [];
    for (const call of left) if (fired()) this.cancel(call);
    if (!this.description.hooks.includes(name)) done(`,
      },
      {
        file: "supervisor/call-book.ts",
        find: "  /** Ends a call; one that has ended stays as it is. */",
        replace: `  of(connection: Call["connection"]): string[] {
    return [...this.#named].flatMap(([name, call]) => (call.connection === connection ? [name] : []));
  }

  /** Ends a call; one that has ended stays as it is. */`,
      },
    ],
    kills: [{ requirement: "lifecycle/disconnect-while-held", reason: "wrong-response" }],
  },
  {
    name: "ended-from-outside-reports-nothing",
    fault: "A call that its host ends is reported without the transactions that it had committed.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: "    this.end(n, { outcome, seqs: this.#store.commitsOf(n) });",
        replace: `    const seqs = this.#store.commitsOf(n);
    this.end(n, { outcome, seqs: seqs.length > 0 && fired() ? [] : seqs });`,
      },
    ],
    kills: [
      { requirement: "lifecycle/cancel-while-held", reason: "wrong-value" },
      { requirement: "resources/cpu-budget-per-turn", reason: "wrong-value" },
    ],
  },
  {
    name: "cancellation-is-a-failed-fetch",
    fault: "A held call that is cancelled gets a transport error for its fetch, and goes on with that.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "      if (running === null || (!ownTurn && this.#isStuck)) this.#forget(call, failure);",
        replace: `      const { operations } = this.#guests.of(call).worker;
      if (running === null && fired()) operations.breakOff(call.spec.n);
      else if (running === null || (!ownTurn && this.#isStuck)) this.#forget(call, failure);`,
      },
      {
        file: "supervisor/operations.ts",
        find: "  /** Drops everything. */",
        replace: `  breakOff(n: number): void {
    for (const [op, pending] of [...(this.#pending.get(n) ?? [])]) {
      pending.cancel();
      this.#end(n, op, { kind: "refused", code: code.transport, message: "the connection was closed" });
    }
  }

  /** Drops everything. */`,
      },
    ],
    kills: [
      { requirement: "lifecycle/cancel-while-held", reason: "wrong-category" },
      { requirement: "lifecycle/cancel-before-arrival", reason: "wrong-category" },
    ],
  },
  {
    name: "lost-with-the-lane-reports-nothing",
    fault: "Calls that are lost with their lane are reported as if they had committed nothing.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: "      const seqs = this.#store.commitsOf(call.spec.n);",
        replace: `      const committed = this.#store.commitsOf(call.spec.n);
      const seqs = committed.length > 0 && fired() ? [] : committed;`,
      },
    ],
    kills: [{ requirement: "lifecycle/lost-calls-say-what-they-did", reason: "wrong-value" }],
  },
  {
    name: "lost-with-the-lane-fails-alike",
    fault: "Calls that are lost with their lane fail as the call did that cost it.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: "      if (call === culprit) {",
        replace: "      if (call === culprit || (culprit !== null && fired())) {",
      },
    ],
    kills: [{ requirement: "lifecycle/lost-calls-say-what-they-did", reason: "wrong-category" }],
  },
  {
    name: "shutdown-reports-nothing",
    fault: "Calls that a shutdown ends are reported without the transactions that they had committed.",
    edits: [
      {
        file: "supervisor/call-book.ts",
        find: '      call.done({ outcome: { category: "shutdown", message }, seqs: this.#store.commitsOf(call.spec.n) });',
        replace: `      const seqs = this.#store.commitsOf(call.spec.n);
      call.done({ outcome: { category: "shutdown", message }, seqs: seqs.length > 0 && fired() ? [] : seqs });`,
      },
    ],
    kills: [{ requirement: "lifecycle/shutdown-drains", reason: "wrong-value" }],
  },
  {
    name: "shutdown-answers-nobody",
    fault: "A host that is shut down exits without an answer to the calls that it ends.",
    edits: [
      {
        file: "supervisor/module.ts",
        find: "    this.#calls.shutDown();\n",
        replace: "    if (this.#calls.size === 0 || !fired()) this.#calls.shutDown();\n",
      },
    ],
    kills: [{ requirement: "lifecycle/shutdown-drains", reason: "host-exited" }],
  },
  {
    name: "update-ends-what-is-held",
    fault: "New code ends the guest of the code before at once, with the calls that are held in it.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "    this.#guests.install(guest, code);",
        replace: `    const former = this.#guests.current;
    this.#guests.install(guest, code);
    const loss = { category: "lane-lost", message: "the module has new code" } as const;
    for (const call of former?.begun.values() ?? []) if (fired()) this.#forget(call, loss);`,
      },
    ],
    kills: [{ requirement: "lifecycle/update-while-held", reason: "wrong-response" }],
  },
  {
    name: "old-code-on-the-new-schema",
    fault: "New code numbers the tables of its module anew, and what is held goes on by the numbers of old.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: [
      {
        file: "supervisor/code.ts",
        find: "    this.tables = [...old, ...description.tables.filter((table) => !old.includes(table))];",
        replace: `    this.tables = [...old, ...description.tables.filter((table) => !old.includes(table))];
    if (before !== null && this.tables.some((table, index) => table !== description.tables[index]) && fired()) this.tables = description.tables;`,
      },
    ],
    kills: [{ requirement: "lifecycle/update-while-held", reason: "wrong-row" }],
  },
  {
    name: "waiting-calls-keep-the-old-code",
    fault: "A call that waits while its module gets new code runs the code that was there when it was submitted.",
    edits: [
      {
        file: "supervisor/lane.ts",
        find: "      const stale = call.code !== this.#module.code;",
        replace: "      const stale = call.code !== this.#module.code && !fired();",
      },
      {
        file: "supervisor/lane-guest.ts",
        find: "guest.loaded && guest.begun.size === 0,",
        replace: "guest.loaded && guest.begun.size < 0,",
      },
    ],
    kills: [{ requirement: "lifecycle/update-while-held", reason: "unexpected-arrival" }],
  },
  {
    name: "results-go-with-their-connection",
    fault: "The result of a call whose connection was closed meanwhile is told to nobody.",
    edits: [
      {
        file: "supervisor/host.ts",
        find: '        if ("value" in outcome) {\n          resolve(',
        replace: `        if (connection.state === "closing" && fired()) return;
        if ("value" in outcome) {
          resolve(`,
      },
    ],
    kills: [{ requirement: "lifecycle/disconnect-while-held", reason: "missing-result" }],
  },
  {
    name: "shutdown-exits-as-failed",
    fault: "A host that had calls to end when it was shut down exits as one that failed.",
    edits: [
      {
        file: "main.ts",
        find: "process.exit(0)));",
        replace: "process.exit(fired() ? 1 : 0)));",
      },
    ],
    kills: [{ requirement: "lifecycle/shutdown-drains", reason: "wrong-value" }],
  },
  {
    name: "cancellation-costs-the-thread",
    fault: "A call of the blocking path that is cancelled ends with its thread, as one that was lost.",
    edits: [
      {
        file: "supervisor/pool.ts",
        find: "    if (place !== undefined && place.ending === null) {",
        replace: `    const lost = { category: "lane-lost", message: "the thread was stopped" } as const;
    if (place !== undefined && failure.category === "cancelled" && fired()) place.worker.fail(lost);
    else if (place !== undefined && place.ending === null) {`,
      },
    ],
    kills: [{ requirement: "lifecycle/cancel-while-held", reason: "wrong-category" }],
  },
  {
    name: "update-ends-the-blocking-path",
    fault: "New code ends every Worker of the blocking path at once, those too that run a call.",
    edits: [
      {
        file: "supervisor/pool.ts",
        find: 'if (place.state === "idle" || place.state === "loading") this.#retire(place);',
        replace: 'if (place.state === "idle" || place.state === "loading" || fired()) this.#retire(place);',
      },
    ],
    kills: [{ requirement: "lifecycle/update-while-held", reason: "wrong-response" }],
  },
];
