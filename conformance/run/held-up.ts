import { describeEvent } from "../history/describe-event.ts";
import type { History, HistoryEvent } from "../history/history.ts";
import { Names } from "../history/names.ts";
import type { OriginSession } from "../origin/gated-origin.ts";
import { Stuck, Violation } from "../scenarios/violation.ts";
import { Watchdog } from "../scenarios/watchdog.ts";

/**
 * After a silence: lets one held request go, and looks whether that was what others waited for. No call waits for another one's response: where a request
 * or a result of another call comes then, and did not before, a fetch holds up more than its own call. Undefined where nothing of that kind came.
 *
 * @param patience milliseconds in which nothing was observed, and in which something is to come now
 */
export async function heldUp(
  session: OriginSession,
  history: History,
  patience: number,
): Promise<Violation | undefined> {
  const gate = session.gatesHeld[0];
  if (gate === undefined) return undefined;
  const before = history.events.length;
  const { target } = await gate.arrived;
  const own = new Names(history.events).ownerOf(target);
  const watchdog = new Watchdog(patience, history);
  let end = (): void => {};
  const foreign = new Promise<HistoryEvent>((resolve) => {
    end = history.onEvent(() => {
      const event = history.events.at(-1)!;
      if (isOfAnother(event, own, history)) resolve(event);
    });
  });
  try {
    gate.release().catch(() => {});
    const event = await watchdog.until(foreign, "what another call waited for");
    return new Violation(
      "not-concurrent",
      `nothing was observed for ${patience / 1000} s while the request at ${gate.name} was held, and once it was let go, what another call waited for came: ${describeEvent(event).replaceAll(/ +/g, " ")}`,
      history.events.slice(before).map(describeEvent).slice(0, 12),
    );
  } catch (error) {
    if (error instanceof Stuck) return undefined;
    throw error;
  } finally {
    end();
    watchdog.stop();
  }
}

function isOfAnother(event: HistoryEvent, own: string | undefined, history: History): boolean {
  if (event.kind === "result") return event.call !== own;
  if (event.kind !== "origin" || event.event.kind !== "arrive") return false;
  const owner = new Names(history.events).ownerOf(event.event.target);
  return owner !== undefined && owner !== own;
}
