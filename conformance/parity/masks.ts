/** What a history says that says nothing of its host: what the spec leaves to the host in a value, replaced by a mark. */
import type { HistoryEvent } from "../history/history.ts";
import { Names } from "../history/names.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";

/** Stands in place of what was left out. */
const mark = "(left to the host)";

/** Fields in which a conformance module returns one of its own variables, by module; with `null`, the whole value of that function. */
const moduleVariables: Readonly<Record<string, { readonly field: string | null; readonly function?: string }[]>> = {
  toil: [{ field: null, function: "visit" }],
  shapes: [{ field: "visits" }, { field: null, function: "visit" }],
  promises: [{ field: "visits" }, { field: null, function: "visitLane" }],
};

/** The field in which a conformance module says where its function ran. Twins in two languages may run elsewhere. */
const modeField = "mode";

/** A history with what some clauses leave open replaced, and which clauses these are. */
export interface Masked {
  readonly events: readonly HistoryEvent[];
  readonly clauses: ReadonlySet<string>;
}

/** Leaves out the messages of guests' errors. */
export function withoutMessages(events: readonly HistoryEvent[]): HistoryEvent[] {
  return events.map((event) => {
    if (event.kind !== "result" || event.result.outcome === "returned") return event;
    const { error } = event.result;
    return { ...event, result: { ...event.result, error: { ...error, message: mark } } };
  });
}

/** Replaces what a value says of a module's variables, and, where the two guests are not of one language, of where a function ran. */
export function masked(events: readonly HistoryEvent[], guests: readonly [GuestLanguage, GuestLanguage]): Masked {
  const clauses = new Set<string>();
  const sources = new Map<string, string>();
  const modules = new Map<string, string>();
  const calls = new Map<string, { readonly source: string; readonly function: string }>();
  const hide = (clause: string): string => {
    clauses.add(clause);
    return mark;
  };
  const late = lateGates(events);
  const seen = events.filter((event) => {
    if (event.kind !== "origin" || !late.has(event.event.gate ?? "")) return true;
    clauses.add("cancelled-requests");
    return false;
  });
  const replaced = seen.map((event): HistoryEvent => {
    if (event.kind === "load") sources.set(event.module, event.source.split(".")[0]!);
    if (event.kind === "connect") modules.set(event.connection, sources.get(event.module) ?? event.module);
    if (event.kind === "submit") {
      calls.set(event.call, { source: modules.get(event.connection) ?? "", function: event.function });
    }
    if (event.kind !== "result" || event.result.outcome !== "returned") return event;
    const call = calls.get(event.call);
    const variables = (moduleVariables[call?.source ?? ""] ?? []).filter(
      (variable) => variable.function === undefined || variable.function === call?.function,
    );
    const whole = variables.some(({ field }) => field === null);
    const value = whole
      ? hide("module-variables")
      : replaceFields(event.result.value, (name, field) => {
          if (call?.source === "web" && name === "headers" && Array.isArray(field)) {
            const kept = field.filter((header) => !ofConnection(header));
            if (kept.length < field.length) clauses.add("kept-connections");
            return kept;
          }
          if (variables.some(({ field }) => field === name)) return hide("module-variables");
          return name === modeField && guests[0] !== guests[1] ? hide("where-twins-run") : undefined;
        });
    return { ...event, result: { ...event.result, value } };
  });
  return { events: replaced, clauses };
}

/** Whether a module has returned one of its own variables: what that holds goes by the instance that the call ran in. */
export function showsModuleVariables(events: readonly HistoryEvent[]): boolean {
  return masked(events, ["ts", "ts"]).clauses.has("module-variables");
}

/** Whether a call was cancelled while a request of it could be on its way: neither held, nor the host quiet since it could have gone out. */
export function cancelsOnTheWay(events: readonly HistoryEvent[]): boolean {
  const names = new Names(events);
  const owners = new Map<string, string>();
  const running = new Set<string>();
  for (const event of events) {
    if (event.kind === "submit") running.add(event.call);
    else if (event.kind === "result") running.delete(event.call);
    else if (event.kind === "quiet") running.clear();
    else if (event.kind === "cancel" && running.has(event.call)) return true;
    if (event.kind !== "origin" || event.event.gate === null) continue;
    if (event.event.kind === "arrive") owners.set(event.event.gate, names.ownerOf(event.event.target) ?? "");
    const owner = owners.get(event.event.gate) ?? "";
    if (event.event.kind === "arrive") running.delete(owner);
    if (event.event.kind === "release" || event.event.kind === "reset") running.add(owner);
  }
  return false;
}

/** Gates to which a request came, or began to come, after its call was cancelled. */
function lateGates(events: readonly HistoryEvent[]): Set<string> {
  const names = new Names(events);
  const cancelled = new Set<string>();
  const late = new Set<string>();
  for (const event of events) {
    if (event.kind === "cancel") cancelled.add(event.call);
    if (event.kind !== "origin") continue;
    const { event: seen } = event;
    if (seen.kind === "arrive" && cancelled.has(names.ownerOf(seen.target) ?? "")) late.add(seen.gate);
    if (seen.kind === "close" && seen.during === "request" && cancelled.size > 0) late.add(seen.gate);
  }
  return late;
}

/** Whether a header speaks of the connection that a response came on, and not of the response. */
function ofConnection(header: unknown): boolean {
  return Array.isArray(header) && ["connection", "keep-alive"].includes(header[0]);
}

function replaceFields(value: unknown, replacement: (name: string, field: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceFields(item, replacement));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, replacement(name, field) ?? replaceFields(field, replacement)]),
  );
}
