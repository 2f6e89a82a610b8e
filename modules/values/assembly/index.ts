/** What crosses between a guest, its host, a table and a caller: texts, keys, numbers, rows, objects, and how much of them. */
import {
  Db, fromInt64, Json, JsonArray, JsonNull, JsonNumber, JsonObject, JsonString, KeyedRow, ProcedureCtx, schema, t, toInt64,
} from "../../sdk/as";
import { bitsOf, fill, nested, numberOf, surrogate } from "./made";
import { insertText, rowText } from "./raw";

export { call, describe } from "../../sdk/as";

const values = schema("values", ["cells"]);

values.reducer("put", [t.string("key"), t.json("value")], (ctx, args) => {
  ctx.db.table("cells").insert(args.string("key"), args.json("value"));
});

values.procedure("through", [t.string("key"), t.json("value")], (ctx, args) => {
  const key = args.string("key");
  const tx = ctx.begin();
  tx.db.table("cells").insert(key, args.json("value"));
  const own = valueIn(tx.db, key);
  tx.commit();
  const later = readAlone(ctx, key);
  const rows = scanAlone(ctx, "", "");
  const scanned = new JsonArray();
  for (let i = 0; i < rows.length; i++) {
    if (rows[i].key == key) scanned.push(new JsonArray().push(new JsonString(key)).push(rows[i].value));
  }
  return new JsonObject().set("own", own).set("later", later).set("scanned", scanned);
});

values.procedure("keys", [t.string("from"), t.string("to")], (ctx, args) =>
  keysOf(scanAlone(ctx, args.string("from"), args.string("to"))),
);

values.procedure("keysWithPrefix", [t.string("prefix")], (ctx, args) => {
  const tx = ctx.begin();
  const rows = tx.db.table("cells").scanPrefix(args.string("prefix"));
  tx.commit();
  return keysOf(rows);
});

values.procedure("texts", [t.strings("rows")], (ctx, args) => {
  const rows = args.strings("rows");
  const found = new JsonArray();
  const tx = ctx.begin();
  for (let i = 0; i < rows.length; i++) found.push(insertText("t" + i.toString(), rows[i]));
  tx.commit();
  return found;
});

values.procedure("numbers", [t.strings("bits")], (ctx, args) => {
  const bits = args.strings("bits");
  const found = new JsonArray();
  const tx = ctx.begin();
  for (let i = 0; i < bits.length; i++) {
    const key = "n" + bits[i];
    tx.db.table("cells").insert(key, new JsonNumber(numberOf(bits[i])));
    const read = valueIn(tx.db, key).asNumber();
    found.push(new JsonObject().set("text", rowText(key)).setString("bits", bitsOf(read)));
  }
  tx.commit();
  return found;
});

values.procedure("notFinite", [t.string("where"), t.string("form")], (ctx, args) => {
  const where = args.string("where");
  const value = new JsonNumber(numberOf(args.string("form")));
  insertAlone(ctx, "kept", new JsonNumber(1));
  if (where == "result") return new JsonArray().push(value);
  const tx = ctx.begin();
  tx.db.table("cells").insert("undone", new JsonNumber(1));
  if (where == "row") tx.db.table("cells").insert("bad", value);
  else tx.db.table("cells").insert("bad", new JsonObject().set("field", new JsonArray().push(value)));
  tx.commit();
  return null;
});

values.procedure("loneSurrogate", [t.string("where"), t.string("form")], (ctx, args) => {
  const where = args.string("where");
  const text = surrogate(args.string("form"));
  insertAlone(ctx, "kept", new JsonNumber(1));
  if (where == "result") return new JsonString(text);
  const tx = ctx.begin();
  const cells = tx.db.table("cells");
  cells.insert("undone", new JsonNumber(1));
  if (where == "row") cells.insert("bad", new JsonString(text));
  else if (where == "field") cells.insert("bad", new JsonObject().setNumber(text, 1));
  else if (where == "key") cells.insert(text, new JsonNumber(1));
  else if (where == "read") cells.getValue(text);
  else if (where == "scan") cells.scan(text);
  else tx.db.schedule("put", new JsonObject().setString("key", "bad").setString("value", text), ctx.timestamp);
  tx.commit();
  return null;
});

values.procedure("rawSurrogates", [], (ctx, args) => {
  const forms = ["high", "low", "swapped"];
  const found = new JsonArray();
  const tx = ctx.begin();
  for (let i = 0; i < forms.length; i++) {
    const text = surrogate(forms[i]);
    found.push(
      new JsonObject()
        .set("row", insertText(forms[i], '"' + text + '"').get("refused"))
        .set("key", insertText(text, "1").get("refused")),
    );
  }
  tx.commit();
  return found;
});

values.procedure("joinedSurrogates", [t.string("key")], (ctx, args) => {
  const joined = new JsonString(surrogate("high") + surrogate("low"));
  insertAlone(ctx, args.string("key"), joined);
  return joined;
});

values.procedure("increment", [t.string("key"), t.json("value")], (ctx, args) => {
  insertAlone(ctx, args.string("key"), toInt64(fromInt64(args.json("value")) + 1));
  return readAlone(ctx, args.string("key"));
});

values.procedure("changeAround", [t.string("key"), t.strings("value")], (ctx, args) => {
  const key = args.string("key");
  const row = JsonArray.ofStrings(args.strings("value"));
  const tx = ctx.begin();
  const cells = tx.db.table("cells");
  cells.insert(key, row);
  row.push(new JsonString("after the insert"));
  (valueIn(tx.db, key) as JsonArray).push(new JsonString("after a read"));
  (cells.scanPrefix(key)[0].value as JsonArray).push(new JsonString("after a scan"));
  const found = valueIn(tx.db, key);
  tx.commit();
  return found;
});

/** Rows that a call has inserted and kept. */
let kept: JsonArray | null = null;

values.reducer("putAndKeep", [t.string("key"), t.strings("value")], (ctx, args) => {
  const row = JsonArray.ofStrings(args.strings("value"));
  kept = row;
  ctx.db.table("cells").insert(args.string("key"), row);
});

values.procedure("changeKept", [], (ctx, args) => {
  const row = kept;
  if (row !== null) row.push(new JsonString("changed by a later call"));
  return null;
});

values.procedure("changeArgument", [t.strings("value")], (ctx, args) => {
  const value = args.strings("value");
  value.push("changed");
  return JsonArray.ofStrings(value);
});

values.procedure("leaveScan", [], (ctx, args) => {
  const seen: string[] = [];
  const tx = ctx.begin();
  const cells = tx.db.table("cells");
  const scanned = cells.scan();
  for (let i = 0; i < scanned.length; i++) {
    const key = scanned[i].key;
    seen.push(key);
    cells.delete(key);
    cells.insert(key + "/next", new JsonNumber(1));
    if (seen.length == 2) break;
  }
  tx.commit();
  const left = keysOf(scanAlone(ctx, "", ""));
  return new JsonObject().set("seen", JsonArray.ofStrings(seen)).set("scanned", keysOf(scanned)).set("left", left);
});

values.procedure("nest", [t.string("key"), t.number("depth")], (ctx, args) => {
  const key = args.string("key");
  insertAlone(ctx, key, nested(args.number("depth")));
  let value = readAlone(ctx, key);
  let found = 0;
  while (value instanceof JsonArray) {
    found++;
    value = (value as JsonArray).elements[0];
  }
  return new JsonNumber(<f64>found);
});

values.procedure("bigRow", [t.string("key"), t.number("bytes"), t.string("unit")], (ctx, args) => {
  const key = args.string("key");
  const text = fill(<i32>args.number("bytes") - 2, args.string("unit"));
  const tx = ctx.begin();
  tx.db.table("cells").insert(key, new JsonString(text));
  const whole = valueIn(tx.db, key).asString() == text;
  tx.commit();
  return new JsonObject().setBoolean("whole", whole);
});

values.procedure("bigKey", [t.number("bytes"), t.string("unit")], (ctx, args) => {
  const key = fill(<i32>args.number("bytes"), args.string("unit"));
  const tx = ctx.begin();
  const cells = tx.db.table("cells");
  cells.insert(key, new JsonNumber(1));
  const whole = !valueIn(tx.db, key).isNull && valueIn(tx.db, key.substring(1)).isNull;
  cells.delete(key);
  tx.commit();
  return new JsonObject().setBoolean("whole", whole);
});

values.procedure("bigResult", [t.number("bytes"), t.string("unit")], (ctx, args) => {
  insertAlone(ctx, "kept", new JsonNumber(1));
  return new JsonString(fill(<i32>args.number("bytes") - 2, args.string("unit")));
});

function valueIn(db: Db, key: string): Json {
  const value = db.table("cells").getValue(key);
  return value === null ? (new JsonNull() as Json) : value;
}

function insertAlone(ctx: ProcedureCtx, key: string, value: Json): void {
  const tx = ctx.begin();
  tx.db.table("cells").insert(key, value);
  tx.commit();
}

function readAlone(ctx: ProcedureCtx, key: string): Json {
  const tx = ctx.begin();
  const value = valueIn(tx.db, key);
  tx.commit();
  return value;
}

function scanAlone(ctx: ProcedureCtx, from: string, to: string): KeyedRow[] {
  const tx = ctx.begin();
  const rows = tx.db.table("cells").scan(from, to);
  tx.commit();
  return rows;
}

function keysOf(rows: KeyedRow[]): JsonArray {
  const keys: string[] = [];
  for (let i = 0; i < rows.length; i++) keys.push(rows[i].key);
  return JsonArray.ofStrings(keys);
}
