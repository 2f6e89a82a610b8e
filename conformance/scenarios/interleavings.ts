import { parseWorkload } from "../explore/parse-schedule.ts";
import { nameOf, type Workload } from "../explore/workload.ts";
import type { Capability } from "../protocol/schemas.ts";
import { type Exploration, type Scenario, scenario } from "./scenario.ts";

const requirement = "ordering/every-interleaving-as-the-model";

const exhaustive = [
  "2x2+reducer",
  "2x2+fail",
  "2x2+reset",
  "2x2+cancel",
  "2x2+disconnect",
  "2x2+clock",
  "2x1+reducer-stepped",
  "2x2-stepped",
  "3x1-stepped",
  "3x2",
  "2x5",
  "3x2+reducer",
  "3x3",
];

/** Depth and number of the random schedules of each workload that is too large to try all of. */
const random = [
  { name: "4x3", depth: 3, runs: 2650 },
  { name: "6x4", depth: 2, runs: 700 },
];

/** The scenarios that explore schedules, the small ones first: a fault is then found where it is easiest to read. */
export const interleavings: readonly Scenario[] = [
  ...exhaustive.map((name) => exploring(name, parseWorkload(name), { tier: "exhaustive", choice: "all" })),
  exploring("4x2", parseWorkload("4x2"), { tier: "deep", choice: "all" }),
  ...random.map(({ name, depth, runs }) =>
    exploring(`${name}-random`, parseWorkload(name), { tier: "deep", choice: { depth, runs } }),
  ),
];

/** The scenario that explores a workload. */
export function exploring(
  variant: string,
  workload: Workload,
  { tier, choice }: Omit<Exploration, "workload">,
): Scenario {
  return {
    ...scenario({
      requirement,
      variant,
      title: titleOf(workload, choice),
      module: "script",
      capabilities: capabilitiesOf(workload),
      evidence: workload.mode === "stepped" ? "stepping" : "outside",
      probes: [],
      play: () => Promise.reject(new Error(`${nameOf(workload)} is explored, not played`)),
    }),
    explores: { workload, tier, choice },
  };
}

function titleOf({ procedures, fetches, extra, mode }: Workload, choice: Exploration["choice"]): string {
  const besides = {
    reducer: ", with a reducer at each place",
    fail: ", one response cut short",
    reset: ", one connection reset",
    cancel: ", one procedure cancelled",
    disconnect: ", their connection closed",
    clock: ", with sleeps that the clock ends",
  };
  const which = choice === "all" ? "Every order" : "runs" in choice ? `${choice.runs} random orders` : "One order";
  const how = mode === "stepped" ? ", turn by turn" : "";
  return `${which} of ${procedures} procedures with ${fetches} ${fetches === 1 ? "fetch" : "fetches"} each${extra === undefined ? "" : besides[extra]}${how}`;
}

function capabilitiesOf({ extra, mode }: Workload): Capability[] {
  return [
    ...(mode === "stepped" ? (["quiesce", "stepping"] as const) : []),
    ...(extra === "cancel" ? (["cancel"] as const) : []),
    ...(extra === "clock" ? (["quiesce", "clock"] as const) : []),
  ];
}
