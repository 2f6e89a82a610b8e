/** Operations of Jepsen histories, as elle-cli reads them: list-append and rw-register. */
import { z } from "zod";

const atom = z.union([z.int(), z.string()]);
const microOperation = z.union([
  z.tuple([z.literal("append"), atom, z.json()]),
  z.tuple([z.literal("w"), atom, z.json()]),
  z.tuple([z.literal("r"), atom, z.json()]),
]);

/** An operation: a transaction's invocation, or how it ended. */
export const operationSchema = z.looseObject({
  type: z.enum(["invoke", "ok", "fail", "info"]),
  /** Clients have numbers; others, such as the nemesis, have names. */
  process: z.union([z.int(), z.string()]),
  f: z.string().nullish(),
  value: z.array(microOperation).nullish(),
  index: z.int().nullish(),
});

/** `["append", key, element]`, `["w", key, value]` or `["r", key, value]`; the value of a read is null in an invocation, and where there was nothing. */
export type MicroOperation = readonly ["append" | "w" | "r", number | string, unknown];

/** An operation of a history. */
export interface Operation {
  readonly type: "invoke" | "ok" | "fail" | "info";
  readonly process: number | string;
  readonly f: string;
  readonly value: readonly MicroOperation[];
  readonly index: number;
}
