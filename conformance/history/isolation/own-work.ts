import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Key, ListKey, RegisterKey, RegisterWrite } from "./collect.ts";
import type { Findings } from "./findings.ts";
import type { KeyedOp, Transaction } from "./transaction.ts";
import { identityOf, sameJson } from "./value.ts";

/** Follows one transaction through its operations, so that reads of its own writes are told from reads of others'. */
export class OwnWork {
  readonly #tx: number;
  readonly #transaction: Transaction;
  readonly #findings: Findings;
  readonly #appended = new Map<ListKey, Json[]>();
  /** The transaction's writes of each register, and the value that it knows to stand there. */
  readonly #written = new Map<RegisterKey, { writes: RegisterWrite[]; value: Json | undefined; isGone: boolean }>();

  constructor(tx: number, transaction: Transaction, findings: Findings) {
    this.#tx = tx;
    this.#transaction = transaction;
    this.#findings = findings;
  }

  /** Takes an operation on a key, of whatever status the transaction is. */
  apply(key: Key, at: number, op: KeyedOp): void {
    if (op.op === "get") {
      if (op.seen !== undefined) this.observe(key, at, op.seen);
    } else if (key.kind === "list") {
      if (op.op === "append") this.#append(key, op.element);
      else key.problem ??= `it is appended to and also written by ${op.op}`;
    } else if (op.op !== "append") this.#change(key, at, op);
  }

  /** Takes what the transaction saw at a key. */
  observe(key: Key, at: number, seen: Json): void {
    if (this.#transaction.status !== "committed") return;
    if (key.kind === "register") this.#readRegister(key, at, seen);
    else this.#readList(key, at, seen);
  }

  /** Takes an operation that may have changed any register: what the transaction wrote before tells nothing any more. */
  forget(): void {
    for (const own of this.#written.values()) {
      own.value = undefined;
      own.isGone = false;
    }
  }

  #append(key: ListKey, element: Json): void {
    const identity = identityOf(element);
    if (key.writers.has(identity))
      key.problem ??= `${canonicalJson(element)} is appended to it twice, so that its readers cannot tell by whom`;
    key.writers.set(identity, this.#tx);
    key.appends.push({ tx: this.#tx, element });
    const mine = this.#appended.get(key);
    if (mine === undefined) this.#appended.set(key, [element]);
    else {
      key.intermediate.add(identityOf(mine.at(-1)!));
      mine.push(element);
    }
  }

  #readList(key: ListKey, op: number, seen: Json): void {
    const elements = seen === null ? [] : seen;
    if (!Array.isArray(elements)) {
      this.#findings.add(
        "garbage-read",
        [this.#transaction.id],
        `${this.#transaction.id} read ${key.name} as ${canonicalJson(seen)}, which is no list`,
      );
      return;
    }
    const mine = this.#appended.get(key) ?? [];
    const start = elements.length - mine.length;
    if (start < 0 || !mine.every((element, index) => sameJson(element, elements[start + index]))) {
      this.#contradiction(key, seen, `had itself appended ${mine.map(canonicalJson).join(", ")}`);
      return;
    }
    key.reads.push({ tx: this.#tx, op, elements, own: mine.length, byAbsence: false });
  }

  #change(key: RegisterKey, at: number, op: Exclude<KeyedOp, { op: "get" | "append" }>): void {
    switch (op.op) {
      case "put":
        this.#write(key, op.value, true);
        return;
      case "add":
        this.#add(key, at, op.n, op.seen);
        return;
      case "insert":
        if (op.seen === true) this.#readAsAbsent(key, at, true);
        else if (op.seen === false) this.#readAsPresent(key);
        if (op.seen !== false) this.#write(key, op.value, op.seen === true);
        return;
      case "delete":
        if (op.seen === false) this.#readAsAbsent(key, at, false);
        else if (op.seen === true) this.#readAsPresent(key);
        if (op.seen !== false) this.#write(key, null, op.seen === true, true);
    }
  }

  #add(key: RegisterKey, at: number, n: number, seen: Json | undefined): void {
    if (seen === undefined) {
      // What it wrote depends on what it read. An aborted one wrote nothing that may be seen at all.
      if (this.#transaction.status !== "aborted")
        key.problem ??= `nobody can tell what ${this.#transaction.id} wrote here when it added ${n}`;
      this.#unsettle(key);
      return;
    }
    const own = this.#written.get(key);
    if (typeof seen !== "number") {
      this.#findings.add(
        "garbage-read",
        [this.#transaction.id],
        `${this.#transaction.id} added ${n} to ${key.name} and got ${canonicalJson(seen)}`,
      );
      return;
    }
    if (own?.value !== undefined) {
      const before = own.value ?? 0;
      if (typeof before !== "number" || before + n !== seen)
        this.#contradiction(key, seen, `had itself left ${canonicalJson(own.value)} there, before it added ${n}`);
    } else if (own === undefined && Number.isSafeInteger(seen - n) && Number.isSafeInteger(n)) {
      // With fractions the number read cannot be told exactly from the sum.
      this.#read(key, at, seen - n, seen === n);
    }
    this.#write(key, seen, true);
  }

  #readRegister(key: RegisterKey, at: number, seen: Json): void {
    const own = this.#written.get(key);
    if (own === undefined) this.#read(key, at, seen, false);
    else if (own.value !== undefined && !sameJson(own.value, seen)) {
      this.#contradiction(
        key,
        seen,
        `had itself ${own.value === null ? "deleted it" : `written ${canonicalJson(own.value)}`}`,
      );
    }
  }

  #readAsAbsent(key: RegisterKey, at: number, isInsert: boolean): void {
    const own = this.#written.get(key);
    if (own === undefined) this.#read(key, at, null, false);
    else if (own.value !== undefined && !own.isGone) {
      this.#contradiction(
        key,
        null,
        `had itself written ${canonicalJson(own.value)}, before it ${isInsert ? "inserted there" : "found nothing to delete"}`,
      );
    }
  }

  #readAsPresent(key: RegisterKey): void {
    if (this.#written.get(key)?.isGone === true) this.#contradiction(key, "a row", "had itself deleted it");
  }

  #read(key: RegisterKey, op: number, value: Json, zeroOrAbsent: boolean): void {
    if (this.#transaction.status === "committed")
      key.reads.push({ tx: this.#tx, op, value, zeroOrAbsent, byAbsence: false });
  }

  #write(key: RegisterKey, value: Json, certain: boolean, deletes = false): void {
    const write = { tx: this.#tx, value, certain, intermediate: false };
    key.writes.push(write);
    if (!certain) this.#unsettle(key);
    const writes = this.#written.get(key)?.writes ?? [];
    if (certain) for (const before of writes) before.intermediate = true;
    writes.push(write);
    this.#written.set(key, { writes, value: certain ? value : undefined, isGone: certain && deletes });
  }

  /** Something was perhaps written on top of what the transaction had written. */
  #unsettle(key: RegisterKey): void {
    const own = this.#written.get(key);
    if (own === undefined) return;
    own.value = undefined;
    own.isGone = false;
    for (const write of own.writes) write.certain = false;
  }

  #contradiction(key: Key, seen: Json, because: string): void {
    if (this.#transaction.status !== "committed") return;
    const { id } = this.#transaction;
    this.#findings.add("internal", [id], `${id} saw ${canonicalJson(seen)} at ${key.name}, although it ${because}`);
  }
}
