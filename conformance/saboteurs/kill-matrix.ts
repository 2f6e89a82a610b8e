import { readFileSync } from "node:fs";
import { z } from "zod";
import { root } from "../package.ts";
import type { Requirement } from "../spec/requirement.ts";
import type { Hunt } from "./hunt.ts";
import { type Tier, tiers } from "./target.ts";

const lineSchema = z.strictObject({
  requirement: z.string(),
  reason: z.string(),
  /** What the checkers of isolation call it, where the saboteur says that it hangs on one of them. */
  finding: z.string().optional(),
  /** The scenarios that failed for that reason. */
  by: z.array(z.string()),
  /** Present where nothing but the end of the kit's patience found it. */
  weak: z.literal(true).optional(),
});

const tierSchema = z.record(z.string(), z.array(lineSchema));

/** Which saboteur breaks which requirement, and what finds it: what is checked in, and what a hunt has to come to again. */
export const killMatrixSchema = z.strictObject({
  /** Saboteurs of the JavaScript host, by name. */
  javascript: tierSchema,
  /** Saboteurs of the real engines' hosts, by name and column. */
  engines: tierSchema,
  /** Lying adapters, by name. */
  liars: tierSchema,
  /** Requirements that no saboteur breaks. */
  unguarded: z.array(z.string()),
});
/** The kill matrix. */
export type KillMatrix = z.infer<typeof killMatrixSchema>;

/** Where it is checked in. */
export const killMatrixFile = `${root}/conformance/saboteurs/kill-matrix.json`;

/** The matrix that is checked in. */
export function readKillMatrix(): KillMatrix {
  return killMatrixSchema.parse(JSON.parse(readFileSync(killMatrixFile, "utf8")));
}

/** The text that is checked in: a line for each requirement that a saboteur breaks, so that a change shows as one. */
export function textOf(matrix: KillMatrix): string {
  const parts = tiers.map((tier) => {
    const blocks = Object.entries(matrix[tier]).map(([name, lines]) => {
      const told = lines.map((line) => `      ${JSON.stringify(line)}`).join(",\n");
      return `    ${JSON.stringify(name)}: [\n${told}\n    ]`;
    });
    return `  "${tier}": {\n${blocks.join(",\n")}\n  },\n`;
  });
  const open = matrix.unguarded.map((id) => `\n    ${JSON.stringify(id)}`).join(",");
  return `{\n${parts.join("")}  "unguarded": [${open}${open === "" ? "" : "\n  "}]\n}\n`;
}

/** The matrix that these hunts come to, over all requirements of the spec; what was not hunted is as in `before`. */
export function killMatrixOf(
  hunts: readonly Hunt[],
  requirements: readonly Requirement[],
  before: KillMatrix,
): KillMatrix {
  const of = (tier: Tier): KillMatrix[Tier] => {
    const own = hunts.filter(({ target }) => target.tier === tier);
    if (own.length === 0) return before[tier];
    return Object.fromEntries(own.map(({ target, shots }) => [target.name, linesOf(shots)]));
  };
  const found = { javascript: of("javascript"), engines: of("engines"), liars: of("liars") };
  const lines = Object.values(found).flatMap((tier) => Object.values(tier).flat());
  const guarded = new Set(lines.map(({ requirement }) => requirement));
  return { ...found, unguarded: requirements.map(({ id }) => id).filter((id) => !guarded.has(id)) };
}

type Lines = KillMatrix[Tier][string];

/**
 * Whether a hunt came to what is checked in: the same requirements for the same reasons, each found by one of the same scenarios at least. Which other scenarios
 * of the requirement find it too may hang on a race: that is how faulty hosts are.
 */
export function isSameKill(checkedIn: Lines | undefined, now: Lines | undefined): boolean {
  if (checkedIn === undefined || now === undefined || checkedIn.length !== now.length) return false;
  return checkedIn.every(({ requirement, reason, finding, by, weak }, index) => {
    const other = now[index]!;
    const same =
      other.requirement === requirement && other.reason === reason && other.finding === finding && other.weak === weak;
    return same && other.by.some((scenario) => by.includes(scenario));
  });
}

/** The lines of one saboteur: what it broke, as expected. */
export function linesOf(shots: Hunt["shots"]): Lines {
  return shots
    .filter(({ hit }) => hit)
    .map(({ requirement, reason, finding, by, weak }) => ({
      requirement,
      reason,
      ...(finding !== undefined && { finding }),
      by: [...by],
      ...(weak && { weak }),
    }));
}
