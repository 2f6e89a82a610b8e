import { parseWorkload } from "../explore/parse-schedule.ts";
import { hitProbability } from "../explore/random.ts";
import type { Extra, Workload } from "../explore/workload.ts";
import type { Capability } from "../protocol/schemas.ts";
import { type Exploration, type ExploringScenario, explorer } from "./scenario.ts";

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
  "3x2+fail",
  "3x2+reset",
  "3x2+cancel",
  "3x2+disconnect",
  "3x2+clock",
  "3x3",
];

const deep = ["4x2"];

/** Depth and number of the random schedules of each workload that is too large to try all of. */
const random = [
  { name: "4x3", depth: 3, runs: 2650 },
  { name: "6x4", depth: 2, runs: 700 },
];

/** What a workload has besides its fetches, in words. */
const besides: Record<Extra, string> = {
  reducer: ", with a reducer at each place",
  fail: ", one response cut short",
  reset: ", one connection reset",
  cancel: ", one procedure cancelled",
  disconnect: ", their connection closed",
  clock: ", with sleeps that the clock ends",
};

/** The scenarios that explore schedules, the small ones first: a fault is then found where it is easiest to read. */
export const interleavings: readonly ExploringScenario[] = [
  ...exhaustive.map((name) => exploring(name, parseWorkload(name), { tier: "exhaustive", choice: "all" })),
  ...deep.map((name) => exploring(name, parseWorkload(name), { tier: "deep", choice: "all" })),
  ...random.map(({ name, depth, runs }) =>
    exploring(`${name}-random`, parseWorkload(name), { tier: "deep", choice: { depth, runs } }),
  ),
];

/** The scenario that explores a workload. */
export function exploring(
  variant: string,
  workload: Workload,
  choices: Omit<Exploration, "workload">,
): ExploringScenario {
  const exploration = { workload, ...choices };
  return explorer(
    {
      requirement,
      variant,
      title: titleOf(exploration),
      module: "script",
      capabilities: capabilitiesOf(workload),
      evidence: workload.mode === "stepped" ? "stepping" : "outside",
    },
    exploration,
  );
}

function titleOf({ workload, choice }: Exploration): string {
  const { procedures, fetches, extra, mode } = workload;
  const each = `${procedures} procedures with ${fetches} ${fetches === 1 ? "fetch" : "fetches"} each`;
  const what = `${each}${extra === undefined ? "" : besides[extra]}${mode === "stepped" ? ", turn by turn" : ""}`;
  if (choice === "all") return `Every order of ${what}`;
  if (!("runs" in choice)) return `${choice.length === 1 ? "One order" : `${choice.length} orders`} of ${what}`;
  const percent = (100 * hitProbability(workload, choice)).toFixed(1);
  return `${choice.runs} random orders of ${what}: a fault of depth ${choice.depth} is hit with a probability of ${percent} % at least`;
}

function capabilitiesOf({ extra, mode }: Workload): Capability[] {
  return [
    ...(mode === "stepped" ? (["quiesce", "stepping"] as const) : []),
    ...(extra === "cancel" ? (["cancel"] as const) : []),
    ...(extra === "clock" ? (["quiesce", "clock"] as const) : []),
  ];
}
