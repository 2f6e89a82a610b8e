/** What the origin saw, held against the requests that the model has in flight. */
import type { HistoryEvent } from "../history/history.ts";
import type { Fetching, Operation } from "../model/call.ts";
import type { Reply } from "../model/program.ts";
import { anything } from "../model/value.ts";
import { pathOf } from "../origin/session.ts";
import { mayBeLate } from "./late-requests.ts";
import { Mismatch } from "./mismatch.ts";
import type { Replayed } from "./replayed.ts";
import type { Stepping } from "./stepping.ts";
import { describeArrival, describeHop } from "./words.ts";

type OriginEvent = (HistoryEvent & { kind: "origin" })["event"];
type EventOf<Kind> = OriginEvent & { kind: Kind };
type FetchOperation = Operation & { readonly what: Fetching };

/** Takes an event of the origin's log. @throws Mismatch where the model does not allow it */
export function takeAtOrigin(stepping: Stepping, modules: readonly Replayed[], event: OriginEvent): void {
  switch (event.kind) {
    case "arrive":
      arrive(stepping, modules, event);
      return;
    case "release": {
      const { status, bytes, text, location } = event;
      const body = text ?? (anything as unknown as string);
      settle(stepping, modules, event.gate, {
        ok: true,
        status,
        body,
        bytes,
        ...(location !== undefined && { location }),
      });
      return;
    }
    case "reset":
      settle(stepping, modules, event.gate, { ok: false, category: "transport" });
      return;
    case "close":
      close(stepping, modules, event);
      return;
  }
}

function arrive(stepping: Stepping, modules: readonly Replayed[], event: EventOf<"arrive">): void {
  const path = pathOf(event.target);
  const machines = modules.map(({ machine }) => machine);
  let sent = sentTo(modules, path);
  while (sent === undefined) {
    if (mayBeLate(machines, path)) return;
    if (!modules.some((module) => stepping.progress(module))) {
      const sender = givenUrl(modules, path);
      const told = sender === undefined ? "no call can have sent it" : `${sender} cannot have sent it yet`;
      throw new Mismatch(`a request came to ${event.gate}; by the model ${told}`);
    }
    sent = sentTo(modules, path);
  }
  const { module, operation } = sent;
  const { hop } = operation.what;
  const { body } = hop;
  const isSame =
    event.method === hop.method &&
    (body === undefined ||
      (body.bytes === event.bytes && (body.sha256 === undefined || !event.sha256 || body.sha256 === event.sha256)));
  if (!isSame) {
    throw new Mismatch(
      `the request at ${event.gate} is ${describeArrival(event)}; by the model ${operation.call.new.name} sends ${describeHop(hop)}`,
    );
  }
  module.gates.set(event.gate, operation);
  // What a call had committed before it sent a request can be read once that has come.
  if (stepping.facts.results.has(operation.call.new.name)) module.proven = Math.max(module.proven, operation.committed);
}

function settle(stepping: Stepping, modules: readonly Replayed[], gate: string, reply: Reply): void {
  const waiting = waitingAt(modules, gate);
  // Of a call that has ended meanwhile the response is nobody's.
  if (waiting === undefined) return;
  const { module, operation } = waiting;
  // Where the time of the fetch or of its call passes while it is under way, the host may see that first: then it settles nothing.
  const clock = stepping.facts.clockBeforeQuiet.get(gate);
  const mayBeTooLate = clock !== undefined && clock >= module.machine.latestEnd(operation);
  if (mayBeTooLate && stepping.choose([false, true])) return;
  module.machine.settle(operation, reply);
}

function close(stepping: Stepping, modules: readonly Replayed[], { gate }: EventOf<"close">): void {
  for (let waiting = waitingAt(modules, gate); waiting !== undefined; waiting = waitingAt(modules, gate)) {
    if (stepping.progress(waiting.module)) continue;
    const { name } = waiting.operation.call.new;
    throw new Mismatch(`the host closed the request at ${gate}; by the model ${name} still waits for it`);
  }
}

/** The fetch whose request came to this gate, while it still waits there: it has neither ended nor been redirected. */
function waitingAt(modules: readonly Replayed[], gate: string): { module: Replayed; operation: Operation } | undefined {
  for (const module of modules) {
    if (module.killed) continue;
    const arrived = module.gates.get(gate);
    const operation = module.machine.fetches.find(
      ({ issued, what }) => issued === arrived?.issued && what === arrived.what,
    );
    if (operation !== undefined) return { module, operation };
  }
  return undefined;
}

/** The fetch whose request is on its way to this path. */
function sentTo(
  modules: readonly Replayed[],
  path: string,
): { module: Replayed; operation: FetchOperation } | undefined {
  for (const module of modules) {
    const arrived = new Set([...module.gates.values()].map(({ what }) => what));
    const operation = module.machine.fetches
      .filter(isFetch)
      .find(({ what }) => what.hop.fails === undefined && !arrived.has(what) && pathOf(what.fetch) === path);
    if (operation !== undefined) return { module, operation };
  }
  return undefined;
}

/** The call that was given a URL of this path. */
function givenUrl(modules: readonly Replayed[], path: string): string | undefined {
  for (const { machine } of modules) {
    for (const [name, { new: call }] of machine.calls) {
      if (JSON.stringify(call.args).includes(`${path}"`)) return `${name} (${call.function})`;
    }
  }
  return undefined;
}

function isFetch(operation: Operation): operation is FetchOperation {
  return "fetch" in operation.what;
}
