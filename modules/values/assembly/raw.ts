/** Rows as the host gives and takes them: as text. */
import { categoryAnswered } from "../../common/assembly/refusals";
import { Json, JsonNull, JsonObject, JsonString } from "../../sdk/as";
import { at, takeText, utf8 } from "../../sdk/as/host";
import * as imports from "../../sdk/as/imports";

/** The text of the row under a key of `cells`, or null. */
export function rowText(key: string): Json {
  const table = utf8("cells");
  const keyText = utf8(key);
  const answer = imports.table_get(at(table), table.byteLength, at(keyText), keyText.byteLength);
  return answer < 0 ? (new JsonNull() as Json) : new JsonString(takeText(answer));
}

/** Hands text over as a row of `cells`, and tells what the host made of it. */
export function insertText(key: string, row: string): JsonObject {
  const table = utf8("cells");
  const keyText = utf8(key);
  const text = utf8(row);
  const refused = categoryAnswered(
    imports.table_insert(at(table), table.byteLength, at(keyText), keyText.byteLength, at(text), text.byteLength),
  );
  return new JsonObject().setString("refused", refused).set("text", rowText(key));
}
