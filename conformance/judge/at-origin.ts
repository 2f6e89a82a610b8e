/** What the origin saw, held against the requests that the model has in flight. */
import type { HistoryEvent } from "../history/history.ts";
import type { Fetching, Operation } from "../model/call.ts";
import type { Machine } from "../model/machine.ts";
import type { Reply } from "../model/program.ts";
import { anything } from "../model/value.ts";
import { pathOf } from "../origin/session.ts";
import type { Facts } from "./facts.ts";
import { mayBeLate } from "./late-requests.ts";
import { Mismatch } from "./mismatch.ts";
import { describeArrival, describeHop } from "./words.ts";

/** A module, as far as the origin has to do with it. */
export interface Fetcher {
  readonly machine: Machine;
  /** The last commit that an observation proves to have happened. */
  proven: number;
  /** Its host was killed: no request of its comes to an end that the model could know. */
  readonly killed: boolean;
  /** The request that came to each gate. */
  readonly gates: Map<string, Operation>;
}

/** What taking the origin's events needs of a replay. */
export interface Ground<Module extends Fetcher> {
  readonly facts: Facts;
  modules(): Iterable<Module>;
  /** Which of `options` possibilities to try, from 0. */
  choose(options: number): number;
  /** Lets the module's model take one step that agrees with what was observed; false where there is none. */
  progress(module: Module): boolean;
}

type OriginEvent = (HistoryEvent & { kind: "origin" })["event"];
type EventOf<Kind> = OriginEvent & { kind: Kind };
type FetchOperation = Operation & { readonly what: Fetching };

/** Takes an event of the origin's log. @throws Mismatch where the model does not allow it */
export function takeAtOrigin<Module extends Fetcher>(ground: Ground<Module>, event: OriginEvent): void {
  switch (event.kind) {
    case "arrive":
      arrive(ground, event);
      return;
    case "release": {
      const { status, bytes, text, location } = event;
      const body = text ?? (anything as unknown as string);
      settle(ground, event.gate, { ok: true, status, body, bytes, ...(location !== undefined && { location }) });
      return;
    }
    case "reset":
      settle(ground, event.gate, { ok: false, category: "transport" });
      return;
    case "close":
      close(ground, event);
      return;
  }
}

function arrive<Module extends Fetcher>(ground: Ground<Module>, event: EventOf<"arrive">): void {
  const path = pathOf(event.target);
  let sent = sentTo(ground, path);
  while (sent === undefined) {
    if (mayBeLate(machinesOf(ground), path)) return;
    if (![...ground.modules()].some((module) => ground.progress(module))) {
      const sender = givenUrl(ground, path);
      const told = sender === undefined ? "no call can have sent it" : `${sender} cannot have sent it yet`;
      throw new Mismatch(`a request came to ${event.gate}; by the model ${told}`);
    }
    sent = sentTo(ground, path);
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
  if (ground.facts.results.has(operation.call.new.name)) module.proven = Math.max(module.proven, operation.committed);
}

function settle<Module extends Fetcher>(ground: Ground<Module>, gate: string, reply: Reply): void {
  const waiting = waitingAt(ground, gate);
  // Of a call that has ended meanwhile the response is nobody's.
  if (waiting === undefined) return;
  // Where its limit passes while it is under way, the host may see that first: then it settles nothing.
  const clock = ground.facts.clockBeforeQuiet.get(gate);
  if (clock !== undefined && clock >= waiting.operation.due && ground.choose(2) === 1) return;
  waiting.module.machine.settle(waiting.operation, reply);
}

function close<Module extends Fetcher>(ground: Ground<Module>, { gate }: EventOf<"close">): void {
  for (let waiting = waitingAt(ground, gate); waiting !== undefined; waiting = waitingAt(ground, gate)) {
    if (ground.progress(waiting.module)) continue;
    const { name } = waiting.operation.call.new;
    throw new Mismatch(`the host closed the request at ${gate}; by the model ${name} still waits for it`);
  }
}

/** The fetch whose request came to this gate, while it still waits there: it has neither ended nor been redirected. */
function waitingAt<Module extends Fetcher>(
  ground: Ground<Module>,
  gate: string,
): { module: Module; operation: Operation } | undefined {
  for (const module of ground.modules()) {
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
function sentTo<Module extends Fetcher>(
  ground: Ground<Module>,
  path: string,
): { module: Module; operation: FetchOperation } | undefined {
  for (const module of ground.modules()) {
    const arrived = new Set([...module.gates.values()].map(({ what }) => what));
    const operation = module.machine.fetches
      .filter(isFetch)
      .find(({ what }) => what.hop.fails === undefined && !arrived.has(what) && pathOf(what.fetch) === path);
    if (operation !== undefined) return { module, operation };
  }
  return undefined;
}

/** The call that was given a URL of this path. */
function givenUrl<Module extends Fetcher>(ground: Ground<Module>, path: string): string | undefined {
  for (const { machine } of ground.modules()) {
    for (const [name, { new: call }] of machine.calls) {
      if (JSON.stringify(call.args).includes(`${path}"`)) return `${name} (${call.function})`;
    }
  }
  return undefined;
}

function machinesOf<Module extends Fetcher>(ground: Ground<Module>): Machine[] {
  return [...ground.modules()].map(({ machine }) => machine);
}

function isFetch(operation: Operation): operation is FetchOperation {
  return "fetch" in operation.what;
}
