import type { Requirement } from "../spec/requirement.ts";
import { abortSignal } from "./abort-signal.ts";
import { budgets } from "./budgets.ts";
import { callChecks } from "./call-checks.ts";
import { chores } from "./chores.ts";
import { concurrency } from "./concurrency.ts";
import { context } from "./context.ts";
import { contextAmbient } from "./context-ambient.ts";
import { declarations } from "./declarations.ts";
import { determinism } from "./determinism.ts";
import { errorShape } from "./error-shape.ts";
import { errors } from "./errors.ts";
import { afterFailures } from "./failures.ts";
import { fetchErrors } from "./fetch-errors.ts";
import { footprint } from "./footprint.ts";
import { functionShapes } from "./function-shapes.ts";
import { halfStreamed } from "./half-streamed.ts";
import { hermitage } from "./hermitage.ts";
import { http } from "./http.ts";
import { httpLimits } from "./http-limits.ts";
import { httpRedirects } from "./http-redirects.ts";
import { httpRefusals } from "./http-refusals.ts";
import { interleavings } from "./interleavings.ts";
import { intervals } from "./intervals.ts";
import { isolation } from "./isolation.ts";
import { isolationOutcomes } from "./isolation-outcomes.ts";
import { lifecycle } from "./lifecycle.ts";
import { lifecycleDurable } from "./lifecycle-durable.ts";
import { lifecycleOrder } from "./lifecycle-order.ts";
import { lifecycleRandomKills } from "./lifecycle-random-kills.ts";
import { lifecycleUpdate } from "./lifecycle-update.ts";
import { limits } from "./limits.ts";
import { moduleWalls } from "./module-walls.ts";
import { ordering } from "./ordering.ts";
import { priority } from "./priority.ts";
import { rawResults } from "./raw-results.ts";
import { registration } from "./registration.ts";
import { rejections } from "./rejections.ts";
import { saturation } from "./saturation.ts";
import type { Scenario } from "./scenario.ts";
import { scheduling } from "./scheduling.ts";
import { sideBySide } from "./side-by-side.ts";
import { atomicVisibility } from "./subscription.ts";
import { termination } from "./termination.ts";
import { turns } from "./turns.ts";
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
  ...turns,
  ...lifecycleOrder,
  ...interleavings,
  ...isolation,
  ...isolationOutcomes,
  ...atomicVisibility,
  ...moduleWalls,
  ...hermitage,
  ...concurrency,
  ...sideBySide,
  ...priority,
  ...budgets,
  ...saturation,
  ...errors,
  ...afterFailures,
  ...errorShape,
  ...rawResults,
  ...callChecks,
  ...rejections,
  ...termination,
  ...registration,
  ...functionShapes,
  ...declarations,
  ...withTx,
  ...lifecycle,
  ...lifecycleUpdate,
  ...lifecycleDurable,
  ...lifecycleRandomKills,
  ...withTxBodies,
  ...withTxHandles,
  ...withTxRefusals,
  ...halfStreamed,
  ...fetchErrors,
  ...http,
  ...httpLimits,
  ...httpRedirects,
  ...httpRefusals,
  ...scheduling,
  ...footprint,
  ...determinism,
  ...values,
  ...valuesNumbers,
  ...valuesRows,
  ...valuesSizes,
  ...context,
  ...contextAmbient,
  ...abortSignal,
  ...intervals,
  ...chores,
  ...limits,
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
