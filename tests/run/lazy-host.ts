/** A host that takes every request by the letter and does nothing; `onCall` says what it makes of a call. */
export const lazyHost = (onCall: string) => `
  import { createInterface } from "node:readline";
  const profile = { tx: "named", retry: "none", blockingPool: null, requestBurst: 64, maxInFlight: null };
  const description = { abi: 1, name: "relay", tables: [], hooks: [], functions: [] };
  const answers = {
    initialize: ({ nonce }) => ({ protocol: 1, nonce, host: { name: "odd", version: "1" }, engines: [], guests: ["as"], capabilities: [], profile }),
    "module/load": ({ limits, data }) => {
      if (limits !== undefined || data !== undefined) throw { code: -32602, message: "no such field" };
      return { module: "m", interface: description };
    },
    "module/unload": () => ({}),
    "connection/open": () => ({ identity: "someone" }),
    "table/read": () => ({ rows: [], seq: 0 }),
    call: (params) => { ${onCall} },
    shutdown: () => ({}),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line);
    let answer;
    try {
      const result = answers[method]?.(params);
      if (result === null) continue;
      answer = result === undefined ? { error: { code: -32601, message: "unknown" } } : { result };
    } catch (error) {
      answer = { error };
    }
    process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...answer }) + "\\n");
    if (method === "shutdown") process.exit(0);
  }`;
