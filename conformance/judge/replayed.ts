import type { ModelCall, Operation } from "../model/call.ts";
import type { ModelModule } from "../model/program.ts";
import type { Former } from "./second-life.ts";
import type { OwnNames } from "./turns.ts";

/** A module of the history, in the model. */
export interface Replayed extends Former {
  program: ModelModule;
  /** The code that it gets, and may have got already. */
  update: ModelModule | undefined;
  /** The last commit that a result has told of. */
  acknowledged: number;
  /** Its host was killed: no request of its comes to an end that the model could know. */
  killed: boolean;
  /** The last commit that an observation proves to have happened. */
  proven: number;
  /** The request that came to each gate. */
  readonly gates: Map<string, Operation>;
  /** The calls that are being ended from outside, and how they then end. */
  readonly ending: Map<string, string>;
  /** By the number of a read, the last commit that was proven when it was asked for. */
  readonly reads: Map<number, number>;
  /** The hooks of connections, by the event that tells of their end. */
  readonly hooks: Map<string, ModelCall>;
  readonly ownNames: OwnNames;
}

/** A module whose life begins, of which nothing has been observed yet. */
export function replayed({ machine, program, identity }: Former): Replayed {
  const { seq } = machine.tables;
  return {
    machine,
    program,
    identity,
    proven: seq,
    update: undefined,
    acknowledged: seq,
    killed: false,
    gates: new Map(),
    ending: new Map(),
    reads: new Map(),
    hooks: new Map(),
    ownNames: new Map(),
  };
}
