/** Small hosts for the tests, each a Node script: the prelude is a host that keeps the protocol, the body misbehaves. */
import type { HostCommand, StartOptions } from "../../conformance/protocol/host-process.ts";

const prelude = `
const send = (frame) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...frame }) + "\\n");
const info = (nonce) => ({
  protocol: 1, nonce, host: { name: "small", version: "1" }, engines: [{ name: "node", version: process.version }],
  guests: ["ts"], capabilities: [],
  profile: { tx: "closure", retry: "none", blockingPool: 4, requestBurst: 64, maxInFlight: null },
});
const returned = (id, value) => send({ id, result: { outcome: "returned", value, seqs: [1] } });
let unknown = (id, method) => send({ id, error: { code: -32601, message: "there is no method " + method } });
const on = {
  initialize: (id, params) => send({ id, result: info(params.nonce) }),
  call: (id, params) => returned(id, params.args),
  stats: (id) => send({ id, result: { pid: process.pid, modules: [] } }),
  shutdown: (id) => { send({ id, result: {} }); process.exit(0); },
};
let rest = "";
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line);
    if (on[method]) on[method](id, params); else unknown(id, method);
  }
}).on("end", () => process.exit(0));
`;

/** A host that keeps the protocol but for what `body` changes: \`on\` holds its methods. */
export function smallHost(body = "", more: Partial<HostCommand> = {}): HostCommand {
  return { name: "small", command: [process.execPath, "-e", `${prelude}\n${body}`], ...more };
}

/** A program that is no host at all. */
export function program(body: string): HostCommand {
  return { name: "program", command: [process.execPath, "-e", body] };
}

/** Options with bounds that a test never reaches, unless the bound is what it tests. */
export function options(more: Partial<StartOptions> = {}): StartOptions {
  return { seed: "seed", clock: { mode: "virtual", now: 0 }, allow: ["127.0.0.1:80"], patience: 30_000, ...more };
}

/** Parameters of a call that the small host answers with its arguments. */
export function callOf(call: string, args: Record<string, unknown> = {}) {
  return { call, connection: "k1", function: "echo", args };
}
