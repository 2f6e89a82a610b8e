/** What is demanded of every scenario's history when the scenario itself has found nothing. */
import { describeEvent } from "../history/describe-event.ts";
import type { History } from "../history/history.ts";
import { judgeIsolation } from "../judge/isolation.ts";
import { judge, undecided } from "../judge/judge.ts";
import { profileOf } from "../judge/profile.ts";
import type { Start } from "../judge/replay.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { ScriptedScenario } from "../scenarios/scenario.ts";
import { Unmeasured, Violation } from "../scenarios/violation.ts";
import type { networkOf } from "./network-of.ts";

/** How many observations before the one that no model has are shown. */
const shownEvents = 12;

/** Demands that the origin saw no request that no scenario can have meant; `faults` are those, a sentence each. */
export function nothingUnexpected(faults: readonly string[]): void {
  const [first] = faults;
  if (first !== undefined) throw new Violation("repeated-arrival", `at the origin, ${first}`, faults);
}

/** Demands that what must have happened for a pass to mean anything did. */
export function hitProbes(scenario: Pick<ScriptedScenario, "probes">, maxHeld: number, history: History): void {
  const missed = scenario.probes.filter((probe) => !probe.hit({ maxHeld, history }));
  if (missed.length > 0) {
    const names = missed.map((probe) => probe.name).join(", ");
    throw new Violation("vacuous", `nothing was broken, but what would have shown it did not happen: ${names}`);
  }
}

/** Demands that the checkers find no anomaly. */
export function serializable(history: History): void {
  const [fault] = judgeIsolation(history.events).faults;
  if (fault === undefined) return;
  throw new Violation("not-serializable", fault.message, fault.evidence, fault.finding);
}

/** Demands that the model allow the whole history. */
export function legal(
  history: History,
  start: Start,
  host: HostProcess,
  guest: GuestLanguage,
  network: ReturnType<typeof networkOf>,
): void {
  const profile = profileOf(guest, host.info.profile, host.seed, network);
  const judgement = judge(history.events, profile, start);
  if (judgement.verdict === "legal") return;
  if (judgement.verdict === "undecided") {
    throw new Unmeasured(undecided(judgement.attempts));
  }
  const { index, message } = judgement.disagreement;
  const before = history.events.slice(Math.max(0, index - shownEvents), index + 1).map(describeEvent);
  throw new Violation("not-in-model", `event ${index + 1} of the history: ${message}`, [
    "up to that event:",
    ...before,
  ]);
}
