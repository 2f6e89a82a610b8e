import { checkNumbering, type Recorded } from "../history/numbering.ts";
import type { ModuleClient } from "./module-client.ts";
import { Violation } from "./violation.ts";

/** The rows of a table, read from outside in one snapshot. */
export async function readRows<Row>(client: ModuleClient, table: string): Promise<(readonly [string, Row])[]> {
  const read = client.setting.history.nextQuestion();
  client.add({ kind: "read", read, module: client.name, table });
  const { rows, seq } = await client.until(
    client.host.request("table/read", { module: client.id, table }),
    `the table ${table}`,
  );
  client.add({ kind: "rows", read, table, rows, seq });
  return rows as unknown as (readonly [string, Row])[];
}

/** What the guests recorded, in commit order. Numbers that contradict a serial order are a violation. */
export async function readRecorded(client: ModuleClient): Promise<Recorded[]> {
  const rows = await readRows<Recorded>(client, "log");
  const fault = checkNumbering(rows);
  if (fault !== undefined) {
    const reason = fault.kind === "misplaced" ? "wrong-row" : "lost-update";
    throw new Violation(reason, fault.message, [], fault.kind);
  }
  return rows.map(([, row]) => row);
}
