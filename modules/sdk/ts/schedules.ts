import { accept } from "./errors.ts";
import { toJson } from "./json.ts";
import { type ArgsFor, type FunctionRef, nameOf } from "./refs.ts";
import type { Scope } from "./tables.ts";

/** Calls a function of this module once, at or after a time (ms since the epoch), if the transaction commits. */
export type Schedule = <T extends string | FunctionRef>(target: T, args: ArgsFor<T>, at: number) => void;

/**
 * Calls a function of this module at `first` (ms since the epoch), and then again each `every` ms, if the transaction
 * commits, until the module is unloaded. Due times are counted from `first`; a tick that falls due while a call of this
 * schedule is in flight is missed. `every` is at least 1.
 */
export type ScheduleEvery = <T extends string | FunctionRef>(
  target: T,
  args: ArgsFor<T>,
  first: number,
  every: number,
) => void;

/** The two kinds of schedule for one transaction. */
export function openSchedules(scope: Scope): { readonly schedule: Schedule; readonly scheduleEvery: ScheduleEvery } {
  return {
    schedule(target, args, at) {
      const host = scope.host();
      const name = nameOf(target);
      accept(host, host.schedule(name, toJson(args, `the arguments of ${name}`), at));
    },
    scheduleEvery(target, args, first, every) {
      const host = scope.host();
      const name = nameOf(target);
      accept(host, host.scheduleEvery(name, toJson(args, `the arguments of ${name}`), first, every));
    },
  };
}
