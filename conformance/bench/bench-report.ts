/** What `evenlane bench` measured, as its JSON holds it. */
import { z } from "zod";
import { guestSchema } from "../protocol/schemas.ts";

const count = z.int().min(0);
const positive = z.number().positive();

/** A median of several rounds, with the least and the greatest of them. */
export const spreadSchema = z.strictObject({ median: z.number(), least: z.number(), greatest: z.number() });
/** A median of several rounds, with the least and the greatest of them. */
export type Spread = z.infer<typeof spreadSchema>;

const where = {
  /** A host of the list of hosts, or `limit`: the Rust hosts' own parts without a guest. */
  host: z.string(),
  /** Absent for `limit`, which runs none. */
  guest: guestSchema.optional(),
};

/** Procedures that wait for their fetch, all at once. Everything is of the host's process and its descendants. */
export const heldSchema = z.strictObject({
  ...where,
  /** `lane`: asynchronous procedures. `blocking`: synchronous ones, a thread each. */
  mode: z.enum(["lane", "blocking"]),
  /** How many were held; with fewer than were asked for, `ceiling` says why. */
  n: count,
  /** Threads while they were held, and before. */
  threads: count,
  threadsBefore: count,
  /** Guest instances (isolates, Stores) while they were held, as the host's `stats` tell them. */
  instances: count,
  /** Resident bytes more than before, divided by `n`: the host's sockets and its part of the protocol included, the kernel's buffers not. */
  bytesPerCall: z.number(),
  bytesPerCallSpread: spreadSchema,
  /** Resident bytes before anything was held. */
  residentBefore: count,
  /** Resident bytes once all had ended, divided by those before. */
  residentAfter: positive,
  /** Open files while they were held. */
  openFiles: count,
  /** Mappings in the address space while they were held. */
  memoryMaps: count,
});
/** Procedures that wait for their fetch, all at once. */
export type Held = z.infer<typeof heldSchema>;

/** Where holding more ended, and what of. */
export const ceilingSchema = z.strictObject({
  ...where,
  mode: z.enum(["lane", "blocking"]),
  n: count,
  because: z.string(),
});
/** Where holding more ended, and what of. */
export type Ceiling = z.infer<typeof ceilingSchema>;

/** Fetch-bound procedures against an origin that answers at once. */
export const throughputSchema = z.strictObject({
  ...where,
  /** `commit`: a fetch, then a transaction that writes one row. `fetch`: the fetch alone. */
  work: z.enum(["commit", "fetch"]),
  /** Calls in flight at a time. */
  concurrency: z.int().min(1),
  /** Calls a second: the median of the rounds. */
  perSecond: positive,
  /** Of `perSecond` to that of the limit in the same round: the median of these ratios. */
  ratioToRaw: positive,
  ratioSpread: spreadSchema,
});
/** Fetch-bound procedures against an origin that answers at once. */
export type Throughput = z.infer<typeof throughputSchema>;

/** Reducers that write one row. */
export const reducersSchema = z.strictObject({
  ...where,
  /** `idle`: nothing else. `held`: beside held procedures. `storm`: while the responses of all of these come in. */
  state: z.enum(["idle", "held", "storm"]),
  /** Procedures held, or released at once. */
  beside: count,
  /** Milliseconds from writing the request to reading the result, one reducer at a time. */
  p50: positive,
  p99: positive,
  p999: positive,
  /** Of `p99` to that when idle in the same round: the median of these ratios. */
  p99Ratio: positive,
  p99RatioSpread: spreadSchema,
  /** Reducers a second with many in flight; absent in a storm. */
  perSecond: positive.optional(),
  /** The most results of procedures that came between a reducer's request and its result, in a storm. */
  overtakenBy: count.optional(),
});
/** Reducers that write one row. */
export type Reducers = z.infer<typeof reducersSchema>;

/** What one operation costs. */
export const innerSchema = z.strictObject({
  /** The operation: `core/transaction`, `v8/checkpoint` … */
  what: z.string(),
  nanoseconds: positive,
  /** Allocations of one operation; absent where they were not counted. */
  allocations: z.number().min(0).optional(),
  /** The bare engine's or library's cost of the same, measured in the same run. */
  beside: z
    .strictObject({ what: z.string(), nanoseconds: positive, allocations: z.number().min(0).optional() })
    .optional(),
});
/** What one operation costs. */
export type Inner = z.infer<typeof innerSchema>;

/** How a cost grows. */
export const growthSchema = z.strictObject({
  what: z.string(),
  /** Of n in a fit of cost = c · n^exponent, over the points. */
  exponent: z.number(),
  /** What a point's cost is counted in. */
  unit: z.string(),
  points: z.array(z.strictObject({ n: positive, cost: positive })).min(2),
});
/** How a cost grows. */
export type Growth = z.infer<typeof growthSchema>;

/** The kit itself: a whole run. */
export const kitSchema = z.strictObject({
  wallSeconds: positive,
  /** Schedules of all columns by the time of the whole run in which they were explored. */
  schedulesPerSecond: positive,
  schedules: count,
  columns: z.array(
    z.strictObject({
      ...where,
      /** Seconds in which scenarios were played, in which schedules were explored, and all else: starts, the handshake, ends. */
      scenarios: z.number().min(0),
      explorations: z.number().min(0),
      rest: z.number().min(0),
      schedules: count,
    }),
  ),
});
/** The kit itself: a whole run. */
export type Kit = z.infer<typeof kitSchema>;

/** A target, and whether it was reached. */
export const targetSchema = z.strictObject({
  target: z.string(),
  /** What was measured, in words. */
  measured: z.string(),
  reached: z.boolean(),
});
/** A target, and whether it was reached. */
export type Target = z.infer<typeof targetSchema>;

/** What `evenlane bench` measured. A part that was not asked for is absent. */
export const benchReportSchema = z.strictObject({
  version: z.literal(1),
  kit_version: z.string(),
  machine: z.strictObject({
    processor: z.string(),
    processors: z.int().min(1),
    memoryBytes: count,
    system: z.string(),
    node: z.string(),
  }),
  /** Engines of each host that was measured. */
  engines: z.record(z.string(), z.array(z.strictObject({ name: z.string(), version: z.string() }))),
  rounds: z.int().min(1),
  held: z.array(heldSchema).optional(),
  ceilings: z.array(ceilingSchema).optional(),
  throughput: z.array(throughputSchema).optional(),
  reducers: z.array(reducersSchema).optional(),
  inner: z.array(innerSchema).optional(),
  growth: z.array(growthSchema).optional(),
  kit: kitSchema.optional(),
  targets: z.array(targetSchema),
});
/** What `evenlane bench` measured. */
export type BenchReport = z.infer<typeof benchReportSchema>;

/** The JSON Schema of the report, as `schemas/bench.json` holds it. */
export function benchReportJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(benchReportSchema, { target: "draft-2020-12" });
  return `${JSON.stringify({ $schema, title: "Report of a benchmark, version 1", ...body }, null, 2)}\n`;
}
