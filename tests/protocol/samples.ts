import type { Method, ParamsOf, ResultOf } from "../../conformance/protocol/schemas.ts";

/** One valid message of each method. */
export const samples: { readonly [M in Method]: { readonly params: ParamsOf<M>; readonly result: ResultOf<M> } } = {
  initialize: {
    params: {
      protocol: 1,
      nonce: "n",
      seed: "",
      clock: { mode: "virtual", now: 0 },
      allow: ["127.0.0.1:80", "[::1]:8080"],
    },
    result: {
      protocol: 1,
      nonce: "n",
      host: { name: "h", version: "1" },
      engines: [{ name: "e", version: "1" }],
      guests: ["ts", "as"],
      capabilities: ["quiesce", "stepping", "clock"],
      profile: { tx: "closure", retry: "none", blockingPool: null, requestBurst: 64, maxInFlight: 1000 },
    },
  },
  "module/load": {
    params: { guest: "ts", path: "relay.js", sha256: "0".repeat(64) },
    result: {
      module: "m1",
      interface: {
        abi: 1,
        name: "relay",
        tables: ["log"],
        hooks: ["init"],
        functions: [
          { name: "record", kind: "reducer", params: [{ name: "token", type: "string" }] },
          { name: "fetchOne", kind: "procedure", mode: "async", params: [] },
        ],
      },
    },
  },
  "module/update": {
    params: { module: "m1", path: "relay.js", sha256: "1".repeat(64) },
    result: { interface: { abi: 1, name: "relay", tables: [], hooks: [], functions: [] } },
  },
  "module/unload": { params: { module: "m1" }, result: {} },
  "connection/open": { params: { module: "m1", connection: "k1" }, result: { identity: "i" } },
  "connection/close": { params: { connection: "k1" }, result: {} },
  call: {
    params: { call: "c1", connection: "k1", function: "record", args: { token: "t" } },
    result: { outcome: "failed", error: { category: "stalled", message: "", function: "record" }, seqs: [1, 2] },
  },
  "call/cancel": { params: { call: "c1" }, result: {} },
  "table/read": { params: { module: "m1", table: "log" }, result: { rows: [["", { a: [null] }]], seq: 0 } },
  "table/subscribe": {
    params: { module: "m1", table: "log", subscription: "s1" },
    result: { rows: [["k", 1]], seq: 1 },
  },
  "table/unsubscribe": { params: { subscription: "s1" }, result: {} },
  quiesce: { params: { module: "m1", outcomes: 0 }, result: { outcomes: 3, fetchesInFlight: 0 } },
  "lane/pause": { params: { module: "m1" }, result: {} },
  "lane/step": { params: { module: "m1" }, result: { turn: { kind: "request", call: "c1", function: "record" } } },
  "lane/resume": { params: { module: "m1" }, result: {} },
  "tx/continue": { params: { module: "m1", call: "c1" }, result: {} },
  "store/fail": { params: { module: "m1", call: "c1", commits: 2 }, result: {} },
  "clock/advance": { params: { to: 1.5 }, result: { now: 1.5 } },
  stats: {
    params: {},
    result: {
      pid: 1,
      modules: [{ module: "m1", callsInFlight: 0, fetchesInFlight: 0, outcomes: 0, instances: 1, turns: 0 }],
    },
  },
  shutdown: { params: {}, result: {} },
};

/** Every message of the samples, with its name. */
export const sampleMessages = (Object.keys(samples) as Method[]).flatMap((method) =>
  (["params", "result"] as const).map((part) => [`${part} of ${method}`, method, part, samples[method][part]] as const),
);
