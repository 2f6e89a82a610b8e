import type { Gate } from "../origin/gated-origin.ts";
import { Violation } from "./violation.ts";

/**
 * Rejects where a request comes to a gate to which none may come; to be raced with the end of the call that would send it. The request would wait there, and
 * its call with it: what was seen is told, and not the silence after it.
 */
export function unwantedAt(gate: Gate, message: string): Promise<never> {
  const came = gate.arrived.then(() => {
    throw new Violation("unexpected-arrival", message);
  });
  came.catch(() => {});
  return came;
}
