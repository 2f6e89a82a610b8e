import { Machine } from "../model/machine.ts";
import type { ModelModule } from "../model/program.ts";

/** A module that has come to its end with its host. */
export interface Former {
  readonly machine: Machine;
  readonly program: ModelModule;
  /** The name that its identities come from. */
  readonly identity: string;
}

/**
 * A durable module as another host finds it whose clock shows `now`: with the first `survived` commits, and with the schedules that these have made and
 * whose time had not come. Calls in flight and connections are gone, and so is every transaction that was open.
 */
export function secondLife({ machine, program, identity }: Former, survived: number, now: number): Machine {
  const tables = machine.tables.copy(survived);
  tables.loads = machine.tables.loads + 1;
  const next = new Machine(program, machine.profile, now, tables, identity);
  for (const { scheduled, due, made } of machine.waiting) if (made <= survived) next.schedule(scheduled, due, made);
  return next;
}
