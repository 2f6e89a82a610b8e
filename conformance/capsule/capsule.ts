/** Capsules: what it takes to see one failure again, in one file. */
import { z } from "zod";
import { guestSchema } from "../protocol/schemas.ts";
import { verdictSchema } from "../run/verdict.ts";

const name = z.string().min(1);

/** What is to be played again. */
export const playSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("scenario"), id: name }),
  z.strictObject({
    kind: z.literal("exploration"),
    /** The workload's name, such as `3x2`. */
    name,
    /** Which of the enabled steps is taken next, step by step; 0 is the oldest. */
    schedule: z.array(z.int().min(0)),
  }),
]);

/** A capsule, as its file holds it. Its JSON Schema is `schemas/capsule.json`. */
export const capsuleSchema = z.strictObject({
  evenlane: z.literal("capsule"),
  version: z.literal(1),
  /** Version of the kit that it was made with. */
  kit: name,
  /** The host: its name in the list of hosts, and the version that it gives itself; null where it never said. */
  host: z.strictObject({ name, version: name.nullable() }),
  guest: guestSchema,
  seed: z.string(),
  /** The compiled conformance modules that were played on. */
  modules: z.array(z.strictObject({ name, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  play: playSchema,
  /**
   * The calls that were submitted, in order: connections by number, gates by name in place of their URLs. They follow from what is played and the
   * seed; another kit may play something else under the same name.
   */
  inputs: z.array(z.strictObject({ connection: name, function: z.string(), args: z.record(z.string(), z.json()) })),
  /** What came out. */
  verdict: verdictSchema,
  reason: z.string().nullable(),
  message: z.string().nullable(),
});

/** A capsule. */
export type Capsule = z.infer<typeof capsuleSchema>;
/** What a capsule plays again. */
export type CapsulePlay = Capsule["play"];

/** The JSON Schema of a capsule, as `schemas/capsule.json` holds it. */
export function capsuleJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(capsuleSchema, { target: "draft-2020-12" });
  return `${JSON.stringify({ $schema, title: "Capsule: one failure to be seen again, version 1", ...body }, null, 2)}\n`;
}
