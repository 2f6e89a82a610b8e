import type { ModelCall } from "../../conformance/model/call.ts";
import { Machine } from "../../conformance/model/machine.ts";
import type { MachineProfile } from "../../conformance/model/machine-profile.ts";
import {
  body,
  type ModelModule,
  type Program,
  procedure,
  reducer,
  sleepUntil,
  syncProcedure,
  withTx,
} from "../../conformance/model/program.ts";
import type { Item } from "../../conformance/model/ready-queue.ts";
import type { Transaction } from "../../conformance/model/tables.ts";

const origin = "http://origin";

/** What is written under `order` is the order of commits. */
export const note = (tx: Transaction, token: string): void => tx.put("order", String(tx.scan("order").length), token);

/** Programs that note in the table `order` what they were given as `token`. */
export const noting: Readonly<Record<string, Program>> = {
  note: reducer((tx, { token }) => note(tx, token)),
  fetchThenNote: procedure(function* ({ url, token }) {
    const fetched = yield* body(url);
    yield* withTx((tx) => note(tx, token));
    return fetched.body;
  }),
  sleepThenNote: procedure(function* ({ at, token }) {
    yield* sleepUntil(at);
    yield* withTx((tx) => note(tx, token));
  }),
  noteTwice: procedure(function* ({ token }) {
    yield* withTx((tx) => note(tx, `${token}/1`));
    yield* withTx((tx) => note(tx, `${token}/2`));
    return null;
  }),
  noteBlocking: syncProcedure(function* ({ token }) {
    yield* withTx((tx) => note(tx, token));
    return null;
  }),
  fetchBlocking: syncProcedure(function* ({ url, token }) {
    yield* body(url);
    yield* withTx((tx) => note(tx, token));
    return null;
  }),
  noteAtPoint: syncProcedure(function* ({ token }) {
    yield* withTx(function* (tx) {
      note(tx, `${token}/before`);
      yield { point: "between" };
      note(tx, `${token}/after`);
    });
    return null;
  }),
};

/** A machine of a module with these functions, on which JavaScript runs unless told. */
export function machineOf(
  functions: Readonly<Record<string, Program>> = noting,
  profile: Partial<MachineProfile> = {},
  hooks: ModelModule["hooks"] = new Map(),
): Machine {
  const module = { hooks, functions: new Map(Object.entries(functions)) };
  const ofHost = { guest: "ts", blockingPool: 2, requestBurst: 64, maxInFlight: null, retry: "none" } as const;
  return new Machine(module, { ...ofHost, ...profile }, 0, undefined, "module");
}

/** Moves the clock as a host does: what falls due comes in one by one, and runs before the next. Gives what came in. */
export function advance(machine: Machine, to: number): string[] {
  const taken: string[] = [];
  machine.advance(to);
  while (machine.due !== undefined) {
    machine.fire();
    taken.push(...itemsOf(machine));
    run(machine);
  }
  machine.advanced();
  return taken;
}

/** Submits a call under this name; its token is its name unless told. A path in its arguments stands for a URL. */
export function submit(
  machine: Machine,
  name: string,
  called: string,
  args: Record<string, unknown> = {},
  park = false,
): ModelCall {
  return machine.submit({
    name,
    function: called,
    args: { token: name, ...(atOrigin(args) as object) },
    connection: "k",
    park,
  });
}

/** Arguments in which each path has become a URL. */
function atOrigin(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/^\//, `${origin}/`);
  if (Array.isArray(value)) return value.map(atOrigin);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, atOrigin(field)]));
}

/** What may be taken next, as texts such as `request a`; of a call that the module makes of itself its function, as in `request note()`. */
export function itemsOf(machine: Machine, stepping = false): string[] {
  return machine.items(stepping).map(textOf);
}

const textOf = ({ kind, call }: Item): string => `${kind} ${call.new.own ? `${call.new.function}()` : call.new.name}`;

/** Takes the next item of that text. */
export function take(machine: Machine, text: string, stepping = false): void {
  const item = machine.items(stepping).find((one) => textOf(one) === text);
  if (item === undefined) throw new Error(`${text} is not among ${itemsOf(machine, stepping).join(", ") || "nothing"}`);
  machine.take(item);
}

/** Runs whatever can run, the first item first, until the machine is quiet. The clock stays where it is. */
export function run(machine: Machine): void {
  while (!machine.quiet) {
    const waiting = machine.turn ?? machine.poolTransactions[0];
    if (waiting !== undefined) machine.transact(waiting);
    else machine.take(machine.items()[0]!);
  }
}

/** Lets the response to the request for this path come in. */
export function respond(machine: Machine, path: string, text = ""): void {
  const operation = machine.fetches.find(({ what }) => "fetch" in what && what.fetch === `${origin}${path}`);
  if (operation === undefined) throw new Error(`no fetch of ${path} is in flight`);
  machine.settle(operation, { ok: true, status: 200, body: text });
}

/** The tokens in the order of their commits. */
export function order(machine: Machine): unknown[] {
  return machine.tables.rowsAt("order", machine.tables.seq).map(([, token]) => token);
}

/** Paths of the fetches in flight. */
export function inFlight(machine: Machine): unknown[] {
  return machine.fetches.map(({ what }) => ("fetch" in what ? what.fetch.replace(origin, "") : undefined));
}
