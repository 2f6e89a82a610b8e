/** Keys as statements give them. Deno's `node:sqlite` ends a text that it reads at the first U+0000, which a key may hold. */

/** The column of a query's result that `keyOf` reads: the key, as its bytes where it holds U+0000. */
export const keyColumn = "CASE WHEN instr(key, char(0)) THEN CAST(key AS BLOB) ELSE key END AS read";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A row with the column `keyColumn`. */
export interface Keyed {
  readonly read: string | Uint8Array;
}

/** The key of a row. */
export function keyOf({ read }: Keyed): string {
  return typeof read === "string" ? read : decoder.decode(read);
}
