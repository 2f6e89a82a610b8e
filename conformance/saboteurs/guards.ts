import { z } from "zod";
import { saboteurs } from "./catalogue.ts";
import { engineSaboteurs } from "./engines/catalogue.ts";
import type { KillMatrix } from "./kill-matrix.ts";
import { lyingAdapters } from "./liars/catalogue.ts";
import { tiers } from "./target.ts";

/** A fault by which it was shown that the scenarios of a requirement can fail. */
export const guardSchema = z.strictObject({
  /** The saboteur's name, with `@` and the column where it is hunted on several. */
  saboteur: z.string(),
  tier: z.enum(tiers),
  /** The reason code with which they fail. */
  reason: z.string(),
  /** What the checkers of isolation call it, where the kill hangs on one of them. */
  finding: z.string().optional(),
  /** The scenarios that fail so. */
  by: z.array(z.string()),
  /** Present where nothing but the end of the kit's patience finds it. */
  weak: z.literal(true).optional(),
});
/** A fault by which it was shown that the scenarios of a requirement can fail. */
export type Guard = z.infer<typeof guardSchema>;

/** The saboteurs that break a requirement, by the kill matrix, in its order. */
export function guardsOf(matrix: KillMatrix, id: string): Guard[] {
  return tiers.flatMap((tier) =>
    Object.entries(matrix[tier]).flatMap(([saboteur, lines]) =>
      lines
        .filter(({ requirement }) => requirement === id)
        .map(({ requirement: _, ...line }) => ({ saboteur, tier, ...line })),
    ),
  );
}

/** What is wrong with a host that has this saboteur: a sentence. */
export function faultOf(saboteur: string): string {
  const [name] = saboteur.split("@");
  const found = [...saboteurs, ...engineSaboteurs, ...lyingAdapters].find((one) => one.name === name);
  if (found === undefined) throw new Error(`the kill matrix names a saboteur ${saboteur}, which there is not`);
  return found.fault;
}
