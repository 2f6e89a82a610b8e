import { writeFileSync } from "node:fs";
import { closestMatch } from "leven";
import pc from "picocolors";
import { root } from "../package.ts";
import { differences, renderKillMatrix } from "../report/kill-matrix.ts";
import { killMatrixPage } from "../report/kill-matrix-page.ts";
import { readHosts, readModules } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import { saboteurs } from "../saboteurs/catalogue.ts";
import type { EngineSaboteur } from "../saboteurs/engine-saboteur.ts";
import { engineTargets } from "../saboteurs/engine-targets.ts";
import { engineSaboteurs } from "../saboteurs/engines/catalogue.ts";
import type { Hunt } from "../saboteurs/hunt.ts";
import { huntAll } from "../saboteurs/hunt-all.ts";
import { javascriptTargets } from "../saboteurs/javascript-targets.ts";
import { killMatrixFile, killMatrixOf, readKillMatrix, textOf } from "../saboteurs/kill-matrix.ts";
import { liarTargets } from "../saboteurs/liar-targets.ts";
import { type LyingAdapter, lyingAdapters } from "../saboteurs/liars/catalogue.ts";
import type { Saboteur } from "../saboteurs/saboteur.ts";
import type { Tier } from "../saboteurs/target.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Options of `evenlane saboteurs`. */
export interface SaboteursOptions {
  /** Seconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
  readonly hosts?: string;
  readonly seed: string;
  /** Into what faults are put; all where absent. */
  readonly tier?: Tier;
  /** Whether the matrix that is checked in is written anew; not where a saboteur has survived. */
  readonly update?: boolean;
}

/**
 * `evenlane saboteurs`: plays the scenarios on hosts with one deliberate fault each, and shows what found it. Gives 0 where every fault was found for the expected reason, and, with all
 * saboteurs of a tier, where that is what is checked in and no requirement is unguarded.
 */
export async function saboteursCommand(names: readonly string[], options: SaboteursOptions): Promise<number> {
  const chosen = selectSaboteurs(names, options.tier);
  if (options.update === true && names.length > 0) {
    throw new KitError("--update writes the whole matrix: it takes no names");
  }
  const requirements = loadSpec();
  const targets = [
    ...(chosen.javascript.length === 0 ? [] : javascriptTargets(chosen.javascript, nodeCommand(options.hosts))),
    ...engineTargets(chosen.engines),
    ...(chosen.liars.length === 0 ? [] : liarTargets(chosen.liars, nodeCommand(options.hosts))),
  ];
  const hunts = await huntAll(
    targets,
    {
      requirements,
      modules: readModules(`${root}/build/modules/manifest.json`),
      root,
      seed: options.seed,
      patience: options.patience * 1000,
    },
    (hunt) => process.stderr.write(`${progress(hunt)}\n`),
  );
  const checkedIn = readKillMatrix();
  const matrix = killMatrixOf(hunts, requirements, checkedIn);
  const whole = names.length === 0;
  process.stdout.write(`\n${renderKillMatrix(hunts, whole ? matrix.unguarded : [])}\n`);
  const killed = hunts.every((hunt) => hunt.killed);
  if (!whole) return killed ? 0 : 1;
  if (options.update === true) {
    // A matrix with a survivor in it would make of the survival what is expected.
    if (killed) {
      writeFileSync(killMatrixFile, textOf(matrix));
      writeFileSync(`${root}/spec/kill-matrix.md`, killMatrixPage(matrix, requirements));
    } else process.stdout.write("\nThe kill matrix was not written: mend what survived first\n");
  }
  const changed = differences(readKillMatrix(), matrix);
  if (changed.length > 0) {
    process.stdout.write(`\n${[pc.bold("Not as checked in (--update writes it anew)"), ...changed].join("\n  ")}\n`);
  }
  return killed && changed.length === 0 && matrix.unguarded.length === 0 ? 0 : 1;
}

/** Saboteurs of each tier. */
interface Chosen {
  readonly javascript: readonly Saboteur[];
  readonly engines: readonly EngineSaboteur[];
  readonly liars: readonly LyingAdapter[];
}

/** The saboteurs of these names, all where none is named, in that tier or in all. A name that is none is an error. */
export function selectSaboteurs(names: readonly string[], tier?: Tier): Chosen {
  const of = <T>(own: Tier, every: readonly T[]): readonly T[] => (tier === undefined || tier === own ? every : []);
  const all = {
    javascript: of("javascript", saboteurs),
    engines: of("engines", engineSaboteurs),
    liars: of("liars", lyingAdapters),
  };
  const known = [...all.javascript, ...all.engines, ...all.liars].map(({ name }) => name);
  for (const name of names) {
    if (!known.includes(name)) {
      const nearest = closestMatch(name, known);
      throw new KitError(`there is no saboteur "${name}"; did you mean "${nearest}"? kill-matrix.json lists them all`);
    }
  }
  if (names.length === 0) return all;
  const isNamed = ({ name }: { readonly name: string }): boolean => names.includes(name);
  return {
    javascript: all.javascript.filter(isNamed),
    engines: all.engines.filter(isNamed),
    liars: all.liars.filter(isNamed),
  };
}

/** How Node runs the JavaScript host: faults are put into a copy of that. */
function nodeCommand(file: string | undefined): readonly string[] {
  const host = readHosts(file ?? `${root}/build/hosts.json`).find(({ name }) => name === "node");
  if (host?.status !== "built") {
    throw new KitError(
      `these saboteurs are faults of the JavaScript host on Node, or lies of it, which is not there${host === undefined ? "" : ` (${host.reason})`}: run npm run setup`,
    );
  }
  return host.command;
}

function progress({ target, killed }: Hunt): string {
  return `${killed ? pc.green("killed") : pc.red("survived")} ${target.name}`;
}
