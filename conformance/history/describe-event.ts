import type { HistoryEvent } from "./history.ts";

/** An event as one line for people. */
export function describeEvent(event: HistoryEvent): string {
  switch (event.kind) {
    case "load":
      return `load    ${event.module} from ${event.source}${event.limits ? ` with ${short(event.limits)}` : ""}`;
    case "connect":
      return `connect ${event.connection} to ${event.module}`;
    case "connected":
    case "disconnected":
      return `${event.kind} ${event.connection}`;
    case "disconnect":
      return `close   ${event.connection}`;
    case "submit":
      return `submit  ${event.call} ${event.function}(${short(event.args)}) on ${event.connection}`;
    case "result":
      return event.result.outcome === "returned"
        ? `result  ${event.call} returned ${short(event.result.value)} seq ${event.result.seqs.join(",") || "none"}`
        : `result  ${event.call} failed ${event.result.error.category}: ${event.result.error.message}`;
    case "cancel":
      return `cancel  ${event.call}`;
    case "origin":
      return `${event.event.kind.padEnd(7)} ${event.event.gate ?? "no gate"}`;
    case "read":
      return `read    ${event.table} of ${event.module}`;
    case "rows":
      return `rows    ${event.table}: ${event.rows.length}, up to seq ${event.seq}`;
    case "quiesce":
      return `quiesce ${event.module} after ${event.outcomes} outcomes`;
    case "quiet":
      return `quiet   ${event.module}: ${event.outcomes} outcomes, ${event.fetchesInFlight} fetches in flight`;
    case "paused":
      return `pause   ${event.module}`;
    case "resume":
      return `resume  ${event.module}`;
    case "step":
      return `step    ${event.module}`;
    case "stepped":
      return event.turn === null
        ? `stepped ${event.module}: nothing was ready`
        : `stepped ${event.module}: ${event.turn.kind} of ${event.turn.call} (${event.turn.function})`;
    case "advance":
      return `advance to ${event.to}`;
    case "advanced":
      return `clock   ${event.now}`;
    case "parked":
      return `parked  ${event.call} at ${event.point}`;
    case "continue":
      return `continue ${event.call}`;
    case "fail-commits":
      return `conflict ${event.call}: its next ${event.commits} commits`;
    case "update":
      return `update  ${event.module} to ${event.source}`;
    case "updated":
      return `updated ${event.module}`;
    case "shutdown":
      return "shutdown";
    case "exited":
      return `exit    ${event.code ?? "by a signal"}`;
    case "kill":
      return "kill    the host";
    case "reload":
      return `reload  ${event.module}`;
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
