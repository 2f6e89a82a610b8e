import { openTable, type Scope } from "./tables.ts";

/** The table that keeps a module's sequences: a row each, under the sequence's name, with the last number that it gave. */
const TABLE = "sequences";

/** The next number of a sequence, from 1. */
export type Sequence = (name: string) => number;

/**
 * Sequences as rows of the module's own table: the number is taken in the transaction, so that one that is undone takes
 * none that others could see, and its rows tell what was given.
 */
export function openSequence(scope: Scope): Sequence {
  const table = openTable(scope, TABLE);
  return (name) => {
    const last = table.get(name);
    if (last === undefined) {
      table.insert(name, 1);
      return 1;
    }
    if (typeof last !== "number")
      throw new TypeError(`the row ${name} of ${TABLE} is no number: it is a sequence's own`);
    table.update(name, last + 1);
    return last + 1;
  };
}
