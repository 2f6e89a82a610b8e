import { explain } from "../report/explain.ts";
import { KitError } from "../run/kit-error.ts";
import { guardsOf } from "../saboteurs/guards.ts";
import { readKillMatrix } from "../saboteurs/kill-matrix.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** `evenlane explain ID`. Gives the exit code. */
export function explainCommand(id: string): number {
  const requirements = loadSpec();
  const requirement = requirements.find((candidate) => candidate.id === id);
  if (requirement === undefined) {
    const [, slug = id] = id.split("/");
    const near = requirements.filter(
      (candidate) => candidate.id.includes(slug) || slug.includes(candidate.id.split("/")[1]!),
    );
    const hint =
      near.length > 0 ? `did you mean ${near.map((one) => one.id).join(" or ")}?` : "evenlane list shows them all";
    throw new KitError(`there is no requirement "${id}": ${hint}`);
  }
  const own = scenarios.filter((scenario) => scenario.requirement === requirement.id);
  process.stdout.write(`${explain(requirement, own, guardsOf(readKillMatrix(), id))}\n`);
  return 0;
}
