import { expect } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import type { Start } from "../../conformance/judge/replay.ts";
import type { MachineProfile } from "../../conformance/model/machine-profile.ts";
import type { Spoilt } from "./mutations.ts";

/** What is wrong with the judge's word on a spoilt history; undefined where nothing is. */
export function faultOf({ events, broken, calls }: Spoilt, profile: MachineProfile, start?: Start): string | undefined {
  const judgement = judge(events, profile, start);
  if (judgement.verdict !== "illegal") return `it is ${judgement.verdict}`;
  const { index, message } = judgement.disagreement;
  if ("at" in broken ? index !== broken.at : index > broken.upTo || index < (broken.from ?? 0)) {
    return `it breaks at event ${index} and not at ${JSON.stringify(broken)}: ${message}`;
  }
  if (calls.length > 0 && !calls.some((call) => names(message, call)))
    return `"${message}" names none of ${calls.join(", ")}`;
  return undefined;
}

/** Whether the text has the call's name as a word of its own. */
function names(text: string, call: string): boolean {
  return text.split(/[\s;:,()]+/).includes(call);
}

/** Demands that the judge accept a history. */
export function expectLegal(events: readonly HistoryEvent[], profile: MachineProfile, start?: Start): void {
  const judgement = judge(events, profile, start);
  const told = judgement.verdict === "illegal" ? judgement.disagreement : undefined;
  expect({ verdict: judgement.verdict, told, event: told && events[told.index] }).toEqual({ verdict: "legal" });
}
