import type { Requirement } from "../spec/requirement.ts";
import { concurrency } from "./concurrency.ts";
import { context } from "./context.ts";
import { contextAmbient } from "./context-ambient.ts";
import { errors } from "./errors.ts";
import { hermitage } from "./hermitage.ts";
import { interleavings } from "./interleavings.ts";
import { isolation } from "./isolation.ts";
import { ordering } from "./ordering.ts";
import { registration } from "./registration.ts";
import type { Scenario } from "./scenario.ts";
import { values } from "./values.ts";
import { valuesNumbers } from "./values-numbers.ts";
import { valuesRows } from "./values-rows.ts";
import { valuesSizes } from "./values-sizes.ts";
import { withTx } from "./with-tx.ts";
import { withTxBodies } from "./with-tx-bodies.ts";
import { withTxHandles } from "./with-tx-handles.ts";
import { withTxRefusals } from "./with-tx-refusals.ts";

/** All scenarios, in the spec's reading order. */
export const scenarios: readonly Scenario[] = [
  ...ordering,
  ...interleavings,
  ...isolation,
  ...hermitage,
  ...concurrency,
  ...errors,
  ...registration,
  ...withTx,
  ...withTxBodies,
  ...withTxHandles,
  ...withTxRefusals,
  ...values,
  ...valuesNumbers,
  ...valuesRows,
  ...valuesSizes,
  ...context,
  ...contextAmbient,
];

/** What spec and scenarios owe each other and lack; empty where each requirement has a scenario and each scenario a requirement. */
export function catalogueFaults(requirements: readonly Requirement[], all: readonly Scenario[] = scenarios): string[] {
  const faults: string[] = [];
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]));
  for (const requirement of requirements) {
    const own = all.filter((scenario) => scenario.requirement === requirement.id);
    if (own.length === 0) faults.push(`${requirement.id} has no scenario`);
    for (const size of requirement.sizes) {
      if (!own.some((scenario) => scenario.id === `${requirement.id}#n=${size}`)) {
        faults.push(`${requirement.id} has no scenario for the size ${size}`);
      }
    }
  }
  for (const scenario of all) {
    if (!known.has(scenario.requirement)) faults.push(`scenario ${scenario.id} belongs to no requirement of the spec`);
    if (!("explores" in scenario) && scenario.probes.length === 0)
      faults.push(`scenario ${scenario.id} declares no probe: its pass would mean nothing`);
    if (all.filter((other) => other.id === scenario.id).length > 1) faults.push(`scenario ${scenario.id} stands twice`);
  }
  return faults;
}
