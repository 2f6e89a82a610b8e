/** Host calls on tables, past the SDK's handles. */
import { categoryAnswered } from "../../common/assembly/refusals";
import { Json, JsonObject, ProcedureCtx } from "../../sdk/as";
import { at, utf8 } from "../../sdk/as/host";
import * as imports from "../../sdk/as/imports";

/** Inserts a row, or gives the code with which the host refuses to. */
export function rawInsert(table: string, key: string, row: Json): i32 {
  const name = utf8(table);
  const keyText = utf8(key);
  const text = utf8(row.toText("the row"));
  return imports.table_insert(at(name), name.byteLength, at(keyText), keyText.byteLength, at(text), text.byteLength);
}

/** What the host answers to each use of a transaction. */
export function outsideAttempts(ctx: ProcedureCtx): JsonObject {
  const table = utf8("log");
  const key = utf8("000001");
  const outside = utf8("outside");
  const row = new JsonObject().setNumber("n", 0).setString("token", "outside");
  const rowText = utf8(row.toText("the row"));
  const reducer = utf8("record");
  const args = utf8('{"token":"outside"}');
  return new JsonObject()
    .setString("get", categoryAnswered(imports.table_get(at(table), table.byteLength, at(key), key.byteLength)))
    .setString("insert", categoryAnswered(rawInsert("log", "outside", row)))
    .setString(
      "update",
      categoryAnswered(
        imports.table_update(
          at(table), table.byteLength, at(key), key.byteLength, at(rowText), rowText.byteLength,
        ),
      ),
    )
    .setString("delete", categoryAnswered(imports.table_delete(at(table), table.byteLength, at(key), key.byteLength)))
    .setString("scan", categoryAnswered(imports.table_scan(at(table), table.byteLength, at(key), 0, at(key), 0)))
    .setString(
      "schedule",
      categoryAnswered(
        imports.schedule(at(reducer), reducer.byteLength, at(args), args.byteLength, ctx.timestamp),
      ),
    )
    .setString("point", categoryAnswered(imports.tx_point(at(outside), outside.byteLength)));
}
