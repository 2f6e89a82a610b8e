/** Parameters of every request. Strict: an unknown field is an error of its sender. */
import { z } from "zod";
import type { Json } from "../guest/canonical.ts";

const name = z.string().min(1);
const ofModule = z.strictObject({ module: name });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "give 64 hexadecimal digits in lower case");
/** An object as it was parsed: a schema that makes another of it leaves out a field named `__proto__`. */
const object = z.custom<{ [name: string]: Json }>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "give a JSON object",
);

const clock = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("virtual"), now: z.number() }),
  z.strictObject({ mode: z.literal("real") }),
]);

const atLeastOne = z.int().min(1);

/** Bounds that the operator sets for one module. */
const limits = z.strictObject({
  turnMs: atLeastOne.optional(),
  callMs: atLeastOne.optional(),
  memoryBytes: atLeastOne.optional(),
  inFlight: atLeastOne.optional(),
  queued: z.int().min(0).optional(),
  responseBytes: atLeastOne.optional(),
  redirects: z.int().min(0).optional(),
});

/** Schemas of parameters, by method. */
export const params = {
  initialize: z.strictObject({
    protocol: z.literal(1, "this host speaks version 1 of the protocol"),
    nonce: name,
    seed: z.string(),
    clock,
    allow: z.array(z.string().regex(/^[^\s/@]+:\d{1,5}$/, "give host:port")),
  }),
  "module/load": z.strictObject({
    guest: z.enum(["ts", "as"]),
    path: name,
    sha256,
    limits: limits.optional(),
  }),
  "module/update": z.strictObject({ module: name, path: name, sha256 }),
  "module/unload": ofModule,
  "connection/open": z.strictObject({ module: name, connection: name }),
  "connection/close": z.strictObject({ connection: name }),
  call: z.strictObject({
    call: name,
    connection: name,
    function: z.string(),
    args: object,
    park: z.literal(true).optional(),
  }),
  "call/cancel": z.strictObject({ call: name }),
  "table/read": z.strictObject({ module: name, table: z.string() }),
  "table/subscribe": z.strictObject({ module: name, table: z.string(), subscription: name }),
  "table/unsubscribe": z.strictObject({ subscription: name }),
  quiesce: z.strictObject({ module: name, outcomes: z.int().min(0) }),
  "lane/pause": ofModule,
  "lane/step": ofModule,
  "lane/resume": ofModule,
  "tx/continue": z.strictObject({ module: name, call: name }),
  "store/fail": z.strictObject({ module: name, call: name, commits: atLeastOne }),
  "clock/advance": z.strictObject({ to: z.number() }),
  stats: z.strictObject({}),
  shutdown: z.strictObject({}),
} as const satisfies Record<string, z.ZodType>;

/** A method of the protocol. */
export type Method = keyof typeof params;
/** Parameters of a method. */
export type ParamsOf<M extends Method> = z.infer<(typeof params)[M]>;

/** A request's frame. */
export const requestFrame = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.int(), z.string()]),
  method: z.string(),
  params: z.unknown().optional(),
});
