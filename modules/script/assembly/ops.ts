/** The operations of a script on the cells, inside a transaction that is open already. */
import { record } from "../../common/assembly/record";
import { Db, Json, JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonString, KeyedRow, Tx } from "../../sdk/as";

/** What operations work on: `tx` is the procedure's transaction, and null in a reducer, whose own has no points. */
export class Work {
  /** Whether the script has asked for the transaction to be undone: no operation follows then. */
  isAborted: bool = false;

  constructor(
    public db: Db,
    public tx: Tx | null,
  ) {}
}

/** Does the operations in order, up to an abort, and gives what each of them observed. */
export function doAll(work: Work, ops: Json): JsonArray {
  const list = ops.asArray();
  const seen = new JsonArray();
  for (let i = 0; i < list.length && !work.isAborted; i++) seen.push(doOne(work, list[i].asArray()));
  return seen;
}

function doOne(work: Work, op: Json[]): Json {
  const db = work.db;
  const cells = db.table("cells");
  const name = operand(op, 0).asString();
  if (name == "get") {
    const value = cells.getValue(operand(op, 1).asString());
    return value === null ? new JsonNull() : value;
  }
  if (name == "put") {
    put(db, operand(op, 1).asString(), operand(op, 2));
    return new JsonNull();
  }
  if (name == "add") {
    const key = operand(op, 1).asString();
    const sum = new JsonNumber(numberIn(db, key) + operand(op, 2).asNumber());
    put(db, key, sum);
    return sum;
  }
  if (name == "append") {
    const key = operand(op, 1).asString();
    const found = cells.getValue(key);
    const list = new JsonArray();
    if (found !== null) list.elements = found.asArray();
    put(db, key, list.push(operand(op, 2)));
    return new JsonNull();
  }
  if (name == "insert") return new JsonBoolean(cells.insertNew(operand(op, 1).asString(), operand(op, 2)));
  if (name == "insertOrFail") {
    cells.insert(operand(op, 1).asString(), operand(op, 2));
    return new JsonNull();
  }
  if (name == "delete") return new JsonBoolean(cells.delete(operand(op, 1).asString()));
  if (name == "scan") return pairsOf(cells.scan(operand(op, 1).asString(), operand(op, 2).asString()));
  if (name == "where") {
    const divisor = operand(op, 1).asNumber();
    const rows = numbers(db);
    const found: KeyedRow[] = [];
    for (let i = 0; i < rows.length; i++) {
      if (rows[i].value.asNumber() % divisor == 0) found.push(rows[i]);
    }
    return pairsOf(found);
  }
  if (name == "addAll") {
    const more = operand(op, 1).asNumber();
    const rows = numbers(db);
    for (let i = 0; i < rows.length; i++) {
      cells.update(rows[i].key, new JsonNumber(rows[i].value.asNumber() + more));
    }
    return new JsonNumber(rows.length);
  }
  if (name == "deleteWhere") {
    const wanted = operand(op, 1).asNumber();
    const rows = numbers(db);
    let deleted = 0;
    for (let i = 0; i < rows.length; i++) {
      if (rows[i].value.asNumber() == wanted && cells.delete(rows[i].key)) deleted++;
    }
    return new JsonNumber(deleted);
  }
  if (name == "record") return new JsonNumber(record(db, operand(op, 1).asString()));
  if (name == "point") {
    const tx = work.tx;
    if (tx === null) throw new Error("a reducer's transaction has no points");
    tx.point(operand(op, 1).asString());
    return new JsonNull();
  }
  if (name == "abort") {
    work.isAborted = true;
    return new JsonNull();
  }
  throw new Error("the script knows no operation named " + name);
}

function operand(op: Json[], index: i32): Json {
  if (index >= op.length) throw new Error("the operation lacks an operand");
  return op[index];
}

function put(db: Db, key: string, value: Json): void {
  const cells = db.table("cells");
  if (cells.getValue(key) === null) cells.insert(key, value);
  else cells.update(key, value);
}

function numberIn(db: Db, key: string): f64 {
  const found = db.table("cells").getValue(key);
  return found === null ? 0 : found.asNumber();
}

/** The cells that hold numbers, in the order of their keys. */
function numbers(db: Db): KeyedRow[] {
  const rows = db.table("cells").scan();
  const found: KeyedRow[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i].value instanceof JsonNumber) found.push(rows[i]);
  }
  return found;
}

function pairsOf(rows: KeyedRow[]): JsonArray {
  const pairs = new JsonArray();
  for (let i = 0; i < rows.length; i++) {
    pairs.push(new JsonArray().push(new JsonString(rows[i].key)).push(rows[i].value));
  }
  return pairs;
}
