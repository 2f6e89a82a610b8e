import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { cellOf } from "../../conformance/run/cell.ts";
import { type Column, columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";
import { trialsOf } from "../../conformance/run/run.ts";
import { ColumnRunner } from "../../conformance/run/run-column.ts";
import { silentOn } from "../../conformance/run/silent-on.ts";
import type { Cell, ScenarioResult } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

/** The columns that the set-up has listed. */
export const columns = columnsOf(readHosts(`${root}/build/hosts.json`));
const modules = readModules(`${root}/build/modules/manifest.json`);
const requirements = loadSpec();

/** What stands in for a verdict on time: silence this long makes a cell stuck, which fails the test as such. */
const patience = 60_000;

/** What a host need not have, by its name: bounds of memory where a runtime has none for a Worker, and files that outlive the JavaScript host. */
const spared: Readonly<Record<string, readonly string[]>> = {
  node: ["lifecycle/kill-loses-no-commit", "lifecycle/no-effect-before-durability"],
  deno: withoutBounds(),
  bun: withoutBounds(),
};

function withoutBounds(): string[] {
  return [
    "errors/heap-exhaustion-is-contained",
    "resources/memory-cap-per-instance",
    "lifecycle/kill-loses-no-commit",
    "lifecycle/no-effect-before-durability",
  ];
}

/** Plays each requirement in the columns of a host. A file for each host: files run side by side. */
export function matrixOf(host: string): void {
  describe.each(columns.filter((column) => column.host.name === host))("$label", (column) => playIn(column));
}

function playIn(column: Column): void {
  let origin: GatedOrigin;
  let runner: ColumnRunner;

  beforeAll(async () => {
    origin = await GatedOrigin.start();
    runner = new ColumnRunner(column, { origin, modules, root, seed: "evenlane", patience });
  });

  afterAll(async () => {
    await runner.stop();
    await origin.stop();
  });

  // What differs between the runtimes of one host is not the order in which it takes turns: every order is played on the first.
  const tier = ["deno", "bun"].includes(column.host.name) ? "none" : "exhaustive";
  const played = requirements.filter((requirement) => trialsOf([requirement], tier).length > 0);

  test.each(played)("$id", async (requirement) => {
    const results: ScenarioResult[] = [];
    for (const trial of trialsOf([requirement], tier)) results.push(await runner.result(trial));
    const cell = cellOf(requirement, column, results);
    const silent =
      silentOn(column.guest, requirement) !== undefined || spared[column.host.name]?.includes(requirement.id) === true;
    expect(summary(cell)).toEqual({ verdict: silent ? "unsupported" : "pass", told: [] });
  });
}

function summary(cell: Cell) {
  return {
    verdict: cell.verdict,
    told: cell.scenarios
      .filter(({ verdict }) => verdict !== "pass" && verdict !== "unsupported")
      .map(({ id, verdict, reason, message, evidence }) => ({ id, verdict, reason, message, evidence })),
  };
}
