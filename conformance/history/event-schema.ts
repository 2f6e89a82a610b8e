/** The schema of a history's events: `HistoryEvent` as zod says it, and as JSON Schema. */
import { z } from "zod";
import { json } from "../protocol/json.ts";
import { limitsSchema, methods } from "../protocol/schemas.ts";
import type { HistoryEvent } from "./history.ts";

const name = z.string().min(1);
const count = z.int().min(0);
const row = z.tuple([z.string(), json]).readonly();
const callResult = methods.call.result;
const turn = methods["lane/step"].result.shape.turn;

const originEvent = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("arrive"),
      gate: z.string(),
      method: z.string(),
      target: z.string(),
      bytes: count,
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .exactOptional(),
    })
    .readonly(),
  z.strictObject({ kind: z.literal("begin"), gate: z.string(), status: z.int(), bytes: count }).readonly(),
  z
    .strictObject({
      kind: z.literal("release"),
      gate: z.string(),
      status: z.int(),
      bytes: count,
      text: z.string().nullable(),
      location: z.string().exactOptional(),
    })
    .readonly(),
  z.strictObject({ kind: z.literal("sent"), gate: z.string() }).readonly(),
  z.strictObject({ kind: z.literal("reset"), gate: z.string(), how: z.enum(["reset", "end"]) }).readonly(),
  z
    .strictObject({ kind: z.literal("close"), gate: z.string(), during: z.enum(["request", "held", "reply"]) })
    .readonly(),
  z.strictObject({ kind: z.literal("unexpected"), gate: z.null(), method: z.string(), target: z.string() }).readonly(),
  z.strictObject({ kind: z.literal("repeated"), gate: z.string(), method: z.string() }).readonly(),
]);

/** One event of a history, as a line of a history file holds it. Says the same as the type `HistoryEvent`. */
export const eventSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("load"), module: name, source: name, limits: limitsSchema.exactOptional() }),
  z.strictObject({ kind: z.literal("connect"), connection: name, module: name }),
  z.strictObject({ kind: z.literal("connected"), connection: name }),
  z.strictObject({ kind: z.literal("disconnect"), connection: name }),
  z.strictObject({ kind: z.literal("disconnected"), connection: name }),
  z.strictObject({
    kind: z.literal("submit"),
    call: name,
    connection: name,
    function: z.string(),
    args: z.record(z.string(), json).readonly(),
    park: z.literal(true).exactOptional(),
  }),
  z.strictObject({ kind: z.literal("result"), call: name, result: callResult }),
  z.strictObject({ kind: z.literal("cancel"), call: name }),
  z.strictObject({ kind: z.literal("origin"), event: originEvent }),
  z.strictObject({ kind: z.literal("read"), read: z.int(), module: name, table: z.string() }),
  z.strictObject({
    kind: z.literal("rows"),
    read: z.int(),
    table: z.string(),
    rows: z.array(row).readonly(),
    seq: count,
  }),
  z.strictObject({
    kind: z.literal("quiesce"),
    quiet: z.int(),
    module: name,
    outcomes: count,
    /** Asked because something had not come for a while: no deed of the scenario, and by chance. */
    late: z.literal(true).exactOptional(),
  }),
  z.strictObject({ kind: z.literal("quiet"), quiet: z.int(), module: name, outcomes: count, fetchesInFlight: count }),
  z.strictObject({ kind: z.literal("paused"), module: name }),
  z.strictObject({ kind: z.literal("resume"), module: name }),
  z.strictObject({ kind: z.literal("step"), step: z.int(), module: name }),
  z.strictObject({ kind: z.literal("stepped"), step: z.int(), module: name, turn }),
  z.strictObject({ kind: z.literal("advance"), to: z.number() }),
  z.strictObject({ kind: z.literal("advanced"), now: z.number() }),
  z.strictObject({ kind: z.literal("parked"), call: name, point: z.string() }),
  z.strictObject({ kind: z.literal("continue"), call: name }),
  z.strictObject({ kind: z.literal("fail-commits"), call: name, commits: z.int().min(1) }),
  z.strictObject({ kind: z.literal("update"), module: name, source: name }),
  z.strictObject({ kind: z.literal("updated"), module: name }),
  z.strictObject({ kind: z.literal("shutdown") }),
  z.strictObject({ kind: z.literal("exited"), code: z.int().nullable() }),
  z.strictObject({ kind: z.literal("kill") }),
  z.strictObject({ kind: z.literal("reload"), module: name }),
]) satisfies z.ZodType<HistoryEvent>;

/** The first line of a history file: what was played, where, and with which kit. */
export const headerSchema = z.strictObject({
  evenlane: z.literal("history"),
  version: z.literal(1),
  /** Version of the kit. */
  kit: name,
  /** Id of the scenario, or the name of what was explored. */
  scenario: name,
  /** Label of the column, such as `v8×ts`. */
  column: name,
  /** What the scenario drew its choices from. */
  seed: z.string(),
});

/** The first line of a history file. */
export type HistoryHeader = z.infer<typeof headerSchema>;

/** The JSON Schema of a line of a history file, as `schemas/history.json` holds it. */
export function historyJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(z.union([headerSchema, eventSchema]), {
    target: "draft-2020-12",
    unrepresentable: "any",
    // What TypeScript may not write to is no matter of the file.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  const title = "A line of a history, version 1: the first is the header, each other one an event";
  return `${JSON.stringify({ $schema, title, ...body }, null, 2)}\n`;
}
