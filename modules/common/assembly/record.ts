import { Db, JsonObject } from "../../sdk/as";

/** The tables that `record` needs. */
export const recording: string[] = ["meta", "log"];

/** The number of the last transaction that recorded itself; 0 before the first. */
export function counter(db: Db): f64 {
  const row = db.table("meta").get("counter");
  return row === null ? 0 : row.getNumber("n");
}

/**
 * Takes the next number and writes a row of `log` under it, so that the guests themselves tell in which order they
 * committed. `fields` is what the row has besides its number and token.
 */
export function record(db: Db, token: string, fields: JsonObject = new JsonObject()): f64 {
  const meta = db.table("meta");
  const before = meta.get("counter");
  const n = (before === null ? 0 : before.getNumber("n")) + 1;
  const row = new JsonObject().setNumber("n", n);
  if (before === null) meta.insert("counter", row);
  else meta.update("counter", row);
  db.table("log").insert((<i64>n).toString().padStart(6, "0"), fields.setNumber("n", n).setString("token", token));
  return n;
}

/** The recorded tokens, in the order of commits. */
export function tokens(db: Db): string[] {
  const rows = db.table("log").scan();
  const found: string[] = [];
  for (let i = 0; i < rows.length; i++) found.push(rows[i].row.getString("token"));
  return found;
}
