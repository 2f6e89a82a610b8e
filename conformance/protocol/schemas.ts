/**
 * The messages of the host protocol, version 1 (`spec/host-protocol.md`). Every object is strict: a field that is not
 * named here is an error of its sender. JSON Schema for adapters in other languages is generated from these.
 */
import { z } from "zod";
import { descriptionSchema } from "./description.ts";
import { distinct } from "./distinct.ts";
import { callErrorSchema, requestErrorSchema } from "./error-codes.ts";
import { json, jsonObject } from "./json.ts";

export { descriptionSchema, type FunctionDescription, type ModuleDescription } from "./description.ts";
export {
  type CallError,
  type Category,
  callErrorSchema,
  categories,
  type ErrorCode,
  errorCodes,
  type RequestError,
  refusedModuleSchema,
  requestErrorSchema,
} from "./error-codes.ts";
export type { Json } from "./json.ts";

/** Version of the host protocol that this kit speaks. */
export const protocolVersion = 1;

const label = z.string().min(1);
const count = z.int().min(0);
const atLeastOne = z.int().min(1);
const milliseconds = z.number();
const nothing = z.strictObject({});
const ofModule = z.strictObject({ module: label });

/** A guest language. */
export const guestSchema = z.enum(["ts", "as"]);
/** An optional part of the protocol that a host declares. */
export const capabilitySchema = z.enum([
  "quiesce",
  "stepping",
  "clock",
  "cancel",
  "txPoints",
  "failpoints",
  "limits",
  "memoryLimit",
  "subscriptions",
  "update",
  "durable",
]);

/** What the contract leaves open and a host declares. */
export const profileSchema = z.strictObject({
  tx: z.enum(["closure", "named"]),
  retry: z.enum(["none", "replay"]),
  blockingPool: atLeastOne.nullable(),
  requestBurst: atLeastOne,
  maxInFlight: atLeastOne.nullable(),
});

const software = z.strictObject({ name: label, version: label });

const initializeParams = z.strictObject({
  protocol: z.literal(protocolVersion),
  nonce: label,
  seed: z.string(),
  clock: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("virtual"), now: milliseconds }),
    z.strictObject({ mode: z.literal("real") }),
  ]),
  allow: z.array(z.string().regex(/^[^\s/@]+:\d{1,5}$/)),
});

const initializeResult = z.strictObject({
  protocol: z.literal(protocolVersion),
  nonce: label,
  host: software,
  engines: z.array(software),
  guests: distinct(guestSchema, "guests"),
  capabilities: distinct(capabilitySchema, "capabilities"),
  profile: profileSchema,
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Bounds that the operator sets for one module; what is absent is as the guest ABI or the profile says. */
export const limitsSchema = z.strictObject({
  /** Milliseconds of CPU time of one turn. */
  turnMs: atLeastOne.optional(),
  /** Milliseconds of the host's clock from a call's beginning to its end. */
  callMs: atLeastOne.optional(),
  /** Bytes of memory of one instance. */
  memoryBytes: atLeastOne.optional(),
  /** Procedures in flight; the next waits. */
  inFlight: atLeastOne.optional(),
  /** Calls that were submitted and have not begun; the next is refused. */
  queued: count.optional(),
  /** Bytes of a response's body. */
  responseBytes: atLeastOne.optional(),
  /** Redirects that one fetch follows. */
  redirects: count.optional(),
});

const rows = z.array(z.tuple([z.string(), json]));

const seqs = z.array(atLeastOne);

const callResult = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("returned"), value: json, seqs }),
  z.strictObject({ outcome: z.literal("failed"), error: callErrorSchema, seqs }),
]);

const turn = z.strictObject({ kind: z.enum(["request", "completion"]), call: label, function: label });

const moduleStats = z.strictObject({
  module: label,
  callsInFlight: count,
  fetchesInFlight: count,
  outcomes: count,
  instances: count,
  turns: count,
});

/** Parameters and result of every request, by method. */
export const methods = {
  initialize: { params: initializeParams, result: initializeResult },
  "module/load": {
    params: z.strictObject({
      guest: guestSchema,
      path: label,
      sha256,
      limits: limitsSchema.optional(),
      data: label.optional(),
    }),
    result: z.strictObject({ module: label, interface: descriptionSchema }),
  },
  "module/update": {
    params: z.strictObject({ module: label, path: label, sha256 }),
    result: z.strictObject({ interface: descriptionSchema }),
  },
  "module/unload": { params: ofModule, result: nothing },
  "connection/open": {
    params: z.strictObject({ module: label, connection: label }),
    result: z.strictObject({ identity: label }),
  },
  "connection/close": { params: z.strictObject({ connection: label }), result: nothing },
  call: {
    params: z.strictObject({
      call: label,
      connection: label,
      function: z.string(),
      args: jsonObject,
      park: z.literal(true).optional(),
    }),
    result: callResult,
  },
  "call/cancel": { params: z.strictObject({ call: label }), result: nothing },
  "table/read": {
    params: z.strictObject({ module: label, table: z.string() }),
    result: z.strictObject({ rows, seq: count }),
  },
  "table/subscribe": {
    params: z.strictObject({ module: label, table: z.string(), subscription: label }),
    result: z.strictObject({ rows, seq: count }),
  },
  "table/unsubscribe": { params: z.strictObject({ subscription: label }), result: nothing },
  quiesce: {
    params: z.strictObject({ module: label, outcomes: count }),
    result: z.strictObject({ outcomes: count, fetchesInFlight: count }),
  },
  "lane/pause": { params: ofModule, result: nothing },
  "lane/step": { params: ofModule, result: z.strictObject({ turn: turn.nullable() }) },
  "lane/resume": { params: ofModule, result: nothing },
  "tx/continue": { params: z.strictObject({ module: label, call: label }), result: nothing },
  "store/fail": { params: z.strictObject({ module: label, call: label, commits: atLeastOne }), result: nothing },
  "clock/advance": {
    params: z.strictObject({ to: milliseconds }),
    result: z.strictObject({ now: milliseconds }),
  },
  stats: {
    params: nothing,
    result: z.strictObject({ pid: atLeastOne, modules: z.array(moduleStats) }),
  },
  shutdown: { params: nothing, result: nothing },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>;

/** A method of the protocol. */
export type Method = keyof typeof methods;
/** Parameters of a method. */
export type ParamsOf<M extends Method> = z.infer<(typeof methods)[M]["params"]>;
/** Result of a method. */
export type ResultOf<M extends Method> = z.infer<(typeof methods)[M]["result"]>;

/** What a host says of itself. */
export type InitializeResult = ResultOf<"initialize">;
/** A call's name, connection, function and arguments. */
export type CallParams = ParamsOf<"call">;
/** How a call ended, with the `seq` of each transaction that it committed. */
export type CallResult = ResultOf<"call">;
/** What the contract leaves open and a host declares. */
export type Profile = z.infer<typeof profileSchema>;
/** A guest language. */
export type GuestLanguage = z.infer<typeof guestSchema>;
/** An optional part of the protocol that a host declares. */
export type Capability = z.infer<typeof capabilitySchema>;
/** Rows of one table, in key order, with the `seq` of the last commit that they include. */
export type TableRead = ResultOf<"table/read">;
/** What a host says of its modules. */
export type Stats = ResultOf<"stats">;
/** The turn that a step ran, or null where nothing was ready. */
export type Turn = ResultOf<"lane/step">["turn"];

/** A line that a guest logged, or the host for it; `call` is null for what no call wrote. */
export const logSchema = z.strictObject({
  module: label,
  call: label.nullable(),
  level: z.enum(["debug", "info", "warn", "error"]),
  message: z.string(),
});
/** A line that a guest logged. */
export type LogNotification = z.infer<typeof logSchema>;

/** A call on the blocking path has reached a point of its transaction and stands still there. */
export const parkedSchema = z.strictObject({ module: label, call: label, point: z.string() });
/** A call that stands still at a point of its transaction. */
export type ParkedNotification = z.infer<typeof parkedSchema>;

/** A commit changed a table that the kit subscribed to; the row of a key that it deleted is null. */
export const changedSchema = z.strictObject({ subscription: label, seq: atLeastOne, changes: rows });
/** What one commit changed in a table. */
export type ChangedNotification = z.infer<typeof changedSchema>;
/** Bounds that the operator sets for one module. */
export type Limits = z.infer<typeof limitsSchema>;

const jsonrpc = z.literal("2.0");
/** Id of a request: the kit counts from 1. */
export const idSchema = z.int().min(1);

/** A request of the kit; its `params` are checked by method. */
export const requestSchema = z.strictObject({ jsonrpc, id: idSchema, method: z.string().min(1), params: jsonObject });
/** A host's answer; its `result` is checked by the method of the request. */
export const successSchema = z.strictObject({ jsonrpc, id: idSchema, result: json });
/** A host's refusal; `id` is null where the host could not read one. */
export const failureSchema = z.strictObject({ jsonrpc, id: idSchema.nullable(), error: requestErrorSchema });
/** The protocol's notifications. */
export const notificationSchema = z.discriminatedUnion("method", [
  z.strictObject({ jsonrpc, method: z.literal("log"), params: logSchema }),
  z.strictObject({ jsonrpc, method: z.literal("tx/parked"), params: parkedSchema }),
  z.strictObject({ jsonrpc, method: z.literal("table/changed"), params: changedSchema }),
]);

/** A request of the kit. */
export type RequestFrame = z.infer<typeof requestSchema>;
