import type { Op, Step as PlanStep } from "../model/programs/script.ts";

/** A kind of step that a workload has besides the releases, once in each schedule. */
export type Extra = "reducer" | "fail" | "reset" | "cancel" | "disconnect" | "clock";

/** What is explored: so many procedures with so many fetches each, one after the other, and what else happens. */
export interface Workload {
  readonly procedures: number;
  readonly fetches: number;
  readonly extra: Extra | undefined;
  /**
   * `lockstep`: each step is taken when all that follows from the one before has happened. `stepped`: the lane stands still, and to run its next turn
   * is a step of its own, so that several outcomes are ready at once.
   */
  readonly mode: "lockstep" | "stepped";
}

/** A workload's name: `3x2`, `2x2+reducer`, `2x1 stepped`. */
export function nameOf({ procedures, fetches, extra, mode }: Workload): string {
  return `${procedures}x${fetches}${extra === undefined ? "" : `+${extra}`}${mode === "stepped" ? "-stepped" : ""}`;
}

/** The workload of a name, or undefined where it is none. */
export function workloadOf(name: string): Workload | undefined {
  const parts = /^([1-9]\d?)x([1-9]\d?)(?:\+(reducer|fail|reset|cancel|disconnect|clock))?(-stepped)?$/.exec(name);
  if (parts === null) return undefined;
  const [, procedures, fetches, extra, stepped] = parts;
  return {
    procedures: Number(procedures),
    fetches: Number(fetches),
    extra: extra as Extra | undefined,
    mode: stepped === undefined ? "lockstep" : "stepped",
  };
}

/** Rows that every schedule begins with. */
export const clearing: readonly Op[] = [
  ["put", "list", []],
  ["put", "count", 0],
];

/** What the reducer of a workload does. */
export const reducing: readonly Op[] = entry("reducer");

/**
 * What procedure number `procedure` does: after each fetch it reads and writes two rows in one transaction. Its last one is undone, and must leave
 * nothing. With the clock, which shows `now` (ms since the epoch) at first, it sleeps before its last fetch, the later ones for less time than the earlier.
 */
export function planOf(workload: Workload, procedure: number, url: (fetch: number) => string, now: number): PlanStep[] {
  const steps: PlanStep[] = [];
  for (let fetch = 0; fetch < workload.fetches; fetch += 1) {
    if (workload.extra === "clock" && fetch === workload.fetches - 1) {
      steps.push({ sleep: now + 10 * (workload.procedures - procedure) }, { tx: entry(`p${procedure} awake`) });
    }
    steps.push({ fetch: url(fetch) }, { tx: entry(`p${procedure}.${fetch}`) });
  }
  steps.push({ tx: [...entry(`p${procedure} undone`), ["abort"]] });
  return steps;
}

function entry(token: string): Op[] {
  return [
    ["get", "list"],
    ["append", "list", token],
    ["add", "count", 1],
  ];
}
