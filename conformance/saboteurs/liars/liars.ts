/** What a lying adapter does to the talk between the kit and a host: each stands between the two. */

/** A JSON-RPC message, as it goes over the line. */
// biome-ignore lint/suspicious/noExplicitAny: a liar keeps to no schema
export type Message = any;

/** What a liar may do. Whatever it sends in the place of something is a lie, and is to be counted. */
export interface Wires {
  /** Hands a message to the host. */
  toHost(message: Message): void;
  /** Hands a message to the kit. */
  toKit(message: Message): void;
  /** Counts a lie. */
  lied(): void;
}

/** A lying adapter: what it makes of each request and of each message of the host. What is absent goes through as it is. */
export interface Liar {
  onRequest?(request: Message, wires: Wires): void;
  onMessage?(message: Message, wires: Wires, request: Message | undefined): void;
}

const jsonrpc = "2.0";

/** The liars, by name; each call makes one with a memory of its own. */
export const liars: Readonly<Record<string, () => Liar>> = {
  "every-call-succeeds": () => ({
    onRequest: ({ id, method, ...rest }, { toHost, toKit, lied }) => {
      if (method !== "call") return toHost({ id, method, ...rest });
      lied();
      toKit({ jsonrpc, id, result: { outcome: "returned", value: null, seqs: [] } });
    },
  }),
  "arguments-come-back-as-results": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "call" || message.result?.outcome !== "returned") return toKit(message);
      lied();
      toKit({ ...message, result: { ...message.result, value: request.params.args } });
    },
  }),
  "capability-that-is-not-there": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "initialize" || message.result === undefined) return toKit(message);
      lied();
      const { capabilities, ...said } = message.result;
      toKit({ ...message, result: { ...said, capabilities: [...capabilities, "durable"] } });
    },
  }),
  "capability-that-is-hidden": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "initialize" || message.result === undefined) return toKit(message);
      lied();
      const { capabilities, ...said } = message.result;
      const shown = capabilities.filter((name: string) => name !== "stepping");
      toKit({ ...message, result: { ...said, capabilities: shown } });
    },
  }),
  "unknown-methods-are-answered": () => ({
    onMessage: (message, { toKit, lied }) => {
      if (message.error?.code !== -32601) return toKit(message);
      lied();
      toKit({ jsonrpc, id: message.id, result: {} });
    },
  }),
  "answers-of-another-run": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "initialize" || message.result === undefined) return toKit(message);
      lied();
      toKit({ ...message, result: { ...message.result, nonce: "0".repeat(32) } });
    },
  }),
  "results-of-two-calls-exchanged": () => {
    const open = new Set<number>();
    const exchanged = new Map<number, number>();
    return {
      onRequest: (request, { toHost }) => {
        if (request.method === "call") open.add(request.id);
        toHost(request);
      },
      onMessage: (message, { toKit, lied }, request) => {
        if (request?.method !== "call") return toKit(message);
        const { id } = message;
        open.delete(id);
        let other = exchanged.get(id);
        if (other === undefined) {
          other = [...open].find((one) => !exchanged.has(one));
          if (other === undefined) return toKit(message);
          exchanged.set(other, id);
        }
        lied();
        toKit({ ...message, id: other });
      },
    };
  },
  "rows-that-nobody-wrote": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "table/read" || message.result === undefined) return toKit(message);
      lied();
      const { rows } = message.result;
      const n = rows.length + 1;
      const madeUp = [String(n).padStart(6, "0"), { n, token: "made up" }];
      toKit({ ...message, result: { ...message.result, rows: [...rows, madeUp] } });
    },
  }),
  "rows-in-another-order": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "table/read" || !(message.result?.rows.length > 1)) return toKit(message);
      lied();
      toKit({ ...message, result: { ...message.result, rows: message.result.rows.toReversed() } });
    },
  }),
  "rows-that-are-kept-back": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "table/read" || !(message.result?.rows.length > 0)) return toKit(message);
      lied();
      toKit({ ...message, result: { ...message.result, rows: message.result.rows.slice(0, -1) } });
    },
  }),
  "numbers-one-too-high": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "table/read" || !(message.result?.rows.length > 0)) return toKit(message);
      lied();
      const raised = (row: object) =>
        Object.fromEntries(
          Object.entries(row).map(([field, value]) => [field, typeof value === "number" ? value + 1 : value]),
        );
      const rows = message.result.rows.map(([key, row]: [string, unknown]) => [
        key,
        row !== null && typeof row === "object" && !Array.isArray(row) ? raised(row) : row,
      ]);
      toKit({ ...message, result: { ...message.result, rows } });
    },
  }),
  "commits-that-never-were": () => ({
    onMessage: (message, { toKit, lied }, request) => {
      if (request?.method !== "call" || message.result?.seqs === undefined) return toKit(message);
      lied();
      const seqs = [...message.result.seqs, 1000 + (message.result.seqs.at(-1) ?? 0)];
      toKit({ ...message, result: { ...message.result, seqs } });
    },
  }),
  "quiet-at-once": () => ({
    onRequest: ({ id, method, ...rest }, { toHost, toKit, lied }) => {
      if (method !== "quiesce" || rest.params.module === "no-such-module") return toHost({ id, method, ...rest });
      lied();
      toKit({ jsonrpc, id, result: { outcomes: rest.params.outcomes, fetchesInFlight: 0 } });
    },
  }),
};
