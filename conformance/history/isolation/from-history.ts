/** Reads transactions off the events of a scenario that plays the module `script`. */
import type { Json } from "../../protocol/json.ts";
import type { CallResult } from "../../protocol/schemas.ts";
import type { HistoryEvent } from "../history.ts";
import { type FetchTimes, fetchTimes } from "./fetch-times.ts";
import { type Plan, planOf, type Step, withObservations, writesOf } from "./plan.ts";
import type { MicroOp, Row, Transaction } from "./transaction.ts";

/** Name of the module whose calls are transactions on cells. */
const source = "script";

/** Transactions of a history, and where results did not fit their plans. */
export interface Extraction {
  readonly transactions: readonly Transaction[];
  /** In words: a result that is no list of observations of its plan, or a number of commits that its observations rule out. */
  readonly misfits: readonly string[];
}

/**
 * The transactions of one module `script` of a history: those of its calls of `run`, `play` and `playBlocking`, named `<call>` or `<call>.<n>`, and each reading of
 * its cells from outside. `module` is the stage's name for it; where it is not given there must be one module `script`. A transaction ran
 * after its call's submission, or after the release of the response that its call had fetched before; it had ended when its call had, or
 * when the call's next request arrived. A call is a session of its own.
 */
export function transactionsOf(events: readonly HistoryEvent[], module?: string): Transaction[] {
  return [...extract(events, module).transactions];
}

/** As `transactionsOf`, and says also which results did not fit their plans. */
export function extract(events: readonly HistoryEvent[], module = onlyModule(events)): Extraction {
  const connections = new Set<string>();
  for (const event of events)
    if (event.kind === "connect" && event.module === module) connections.add(event.connection);
  const endings = new Map<string, { at: number; result: CallResult }>();
  for (const [at, event] of events.entries())
    if (event.kind === "result") endings.set(event.call, { at, result: event.result });
  const times = fetchTimes(events);
  const questions = new Map<number, number>();
  const transactions: Transaction[] = [];
  const misfits: string[] = [];
  for (const [at, event] of events.entries()) {
    if (event.kind === "submit" && connections.has(event.connection)) {
      const plan = planOf(event.function, event.args);
      if (plan === undefined) continue;
      const call: Call = { name: event.call, plan, begin: at, ...endings.get(event.call) };
      transactions.push(...transactionsOfCall(call, times, misfits));
    } else if (event.kind === "read" && event.module === module) questions.set(event.read, at);
    else if (event.kind === "rows" && event.table === "cells") {
      const asked = questions.get(event.read);
      if (asked === undefined) continue;
      const ops: MicroOp[] = [{ op: "scan", from: "", to: "", seen: event.rows as readonly Row[] }];
      const id = `read ${event.read}`;
      transactions.push({ id, process: id, ops, status: "committed", seq: event.seq + 0.5, begin: asked, end: at });
    }
  }
  return { transactions, misfits };
}

function onlyModule(events: readonly HistoryEvent[]): string {
  const loaded = events.flatMap((event) => (event.kind === "load" && event.source === source ? [event.module] : []));
  if (loaded.length === 1) return loaded[0]!;
  throw new Error(
    loaded.length === 0
      ? `the history loads no module ${source}: it has no transactions to check`
      : `the history loads ${loaded.length} modules ${source} (${loaded.join(", ")}): say which one to check`,
  );
}

interface Call {
  readonly name: string;
  readonly plan: Plan;
  readonly begin: number;
  /** Position of its result, and the result; neither where it has not ended. */
  readonly at?: number;
  readonly result?: CallResult;
}

function transactionsOfCall(call: Call, times: FetchTimes, misfits: string[]): Transaction[] {
  const { name, plan, result } = call;
  const observed = result?.outcome === "returned" ? observationsOf(call, result.value as Json, misfits) : undefined;
  const statuses = observed === undefined ? statusesByCount(plan, result) : statusesOf(plan, observed);
  const seqs = result?.seqs ?? [];
  const committed = statuses.filter((status) => status === "committed").length;
  // Numbers can be told apart only where each belongs to a transaction that is known to have committed.
  const areNumbered = committed === seqs.length;
  if (observed !== undefined && !areNumbered)
    misfits.push(
      `${name} returned the observations of ${committed} committed transactions and reported ${seqs.length} commits`,
    );
  const places = placesOf(call, observed, times);
  let next = 0;
  let count = 0;
  return plan.steps.flatMap((step, index): Transaction[] => {
    if (step.kind !== "tx") return [];
    const status = statuses[count]!;
    count += 1;
    const ops = status === "committed" ? withObservations(step.ops, observed?.[index]?.seen) : writesOf(step.ops);
    const seq = status === "committed" && areNumbered ? seqs[next++] : undefined;
    const id = plan.isReducer ? name : `${name}.${count}`;
    return [{ id, process: name, ops, status, ...(seq === undefined ? {} : { seq }), ...places[index]! }];
  });
}

/** What a step gave. */
interface Observed {
  /** What the operations of a transaction that committed observed. */
  readonly seen?: readonly Json[];
  /** Whether a fetch got a response. */
  readonly isResponse?: boolean;
}

function observationsOf({ name, plan }: Call, value: Json, misfits: string[]): Observed[] | undefined {
  const given = plan.isReducer ? [{ tx: value }] : value;
  const misfit = (what: string) => {
    misfits.push(`the result of ${name} ${what}`);
    return undefined;
  };
  if (!Array.isArray(given)) return misfit("is no list of observations");
  if (given.length !== plan.steps.length)
    return misfit(`has ${given.length} observations of ${plan.steps.length} steps`);
  const all: Observed[] = [];
  for (const [index, step] of plan.steps.entries()) {
    const one = observedOf(step, given[index] as Json);
    if (one === undefined) return misfit(`has, at step ${index}, no observation of that step`);
    all.push(one);
  }
  return all;
}

function observedOf(step: Step, given: Json): Observed | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  if (step.kind !== "tx") return { isResponse: "status" in given };
  if ("undone" in given) return {};
  const seen = "tx" in given ? given.tx : undefined;
  return Array.isArray(seen) && seen.length === step.ops.length ? { seen } : undefined;
}

type Status = Transaction["status"];

/** What became of each transaction of a call that gave observations. */
function statusesOf({ steps }: Plan, observed: readonly Observed[]): Status[] {
  const ofTransactions = observed.filter((_, index) => steps[index]!.kind === "tx");
  return ofTransactions.map(({ seen }) => (seen === undefined ? "aborted" : "committed"));
}

/** What became of each transaction of a call that gave no observations: its commits may tell. */
function statusesByCount({ steps }: Plan, result: CallResult | undefined): Status[] {
  let goesOn = true;
  const mayCommit = steps.flatMap((step) => {
    if (step.kind === "fail") goesOn = false;
    return step.kind === "tx" ? [goesOn && !step.aborts] : [];
  });
  const candidates = mayCommit.filter(Boolean).length;
  const commits = result?.seqs.length;
  return mayCommit.map((may) => {
    if (!may || commits === 0) return "aborted";
    return commits === candidates ? "committed" : "unknown";
  });
}

/** Between which positions of the history each step ran. */
function placesOf(
  { plan, begin, at }: Call,
  observed: readonly Observed[] | undefined,
  times: FetchTimes,
): { begin: number; end: number }[] {
  const ended = at ?? Number.POSITIVE_INFINITY;
  let from = begin;
  const places = plan.steps.map((step, index) => {
    const place = { begin: from, end: ended };
    // Only a response that came says that the call went on after its release.
    if (step.kind === "fetch" && observed?.[index]?.isResponse) from = Math.max(from, times.released(step.url) ?? from);
    return place;
  });
  let until = ended;
  for (let index = plan.steps.length - 1; index >= 0; index -= 1) {
    const step = plan.steps[index]!;
    places[index]!.end = until;
    if (step.kind === "fetch") until = Math.min(until, times.arrived(step.url) ?? until);
  }
  return places;
}
