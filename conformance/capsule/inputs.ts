import { canonicalJson } from "../history/canonical-json.ts";
import type { HistoryEvent } from "../history/history.ts";
import { Names } from "../history/names.ts";
import type { Capsule } from "./capsule.ts";

/** The calls of a history as a capsule holds them. */
export function inputsOf(events: readonly HistoryEvent[], seed: string): Capsule["inputs"] {
  const names = new Names(events, seed);
  return events.flatMap((event) => {
    if (event.kind !== "submit") return [];
    const args = names.value(event.args) as Capsule["inputs"][number]["args"];
    return [{ connection: names.connection(event.connection), function: event.function, args }];
  });
}

/** The number, from 0, of the first call that is another than the capsule's; undefined where as many as both have are the same. */
export function firstOtherInput(then: Capsule["inputs"], now: Capsule["inputs"]): number | undefined {
  const at = then.slice(0, now.length).findIndex((input, index) => canonicalJson(input) !== canonicalJson(now[index]));
  return at < 0 ? undefined : at;
}
