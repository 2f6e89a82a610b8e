import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Key, ListKey, RegisterKey, RegisterWrite } from "./collect.ts";
import type { Findings } from "./findings.ts";
import type { KeyedOp, Transaction } from "./transaction.ts";
import { identityOf, sameJson } from "./value.ts";

/** A transaction's writes of a register. */
interface OwnWrites {
  readonly writes: RegisterWrite[];
  /** What it knows to stand there: null where it wrote that or deleted the row, undefined where it cannot tell. */
  value: Json | undefined;
  /** Whether it knows that there is no row. */
  isGone: boolean;
}

/** Follows one transaction through its operations, so that reads of its own writes are told from reads of others'. */
export class OwnWork {
  readonly #tx: number;
  readonly #transaction: Transaction;
  readonly #findings: Findings;
  readonly #appended = new Map<ListKey, Json[]>();
  readonly #written = new Map<RegisterKey, OwnWrites>();

  constructor(tx: number, transaction: Transaction, findings: Findings) {
    this.#tx = tx;
    this.#transaction = transaction;
    this.#findings = findings;
  }

  /** Takes an operation on a key, of whatever status the transaction is. */
  apply(key: Key, at: number, op: KeyedOp): void {
    if (op.op === "get") {
      if (op.seen !== undefined) this.observe(key, at, op.seen);
    } else if (key.kind === "register") this.#change(key, at, op);
    else if (op.op === "append") this.#append(key, op.element);
    else key.problem ??= `it is appended to and also written by ${op.op}`;
  }

  /** Takes what the transaction saw at a key. */
  observe(key: Key, at: number, seen: Json): void {
    if (this.#transaction.status !== "committed") return;
    if (key.kind === "register") this.#readRegister(key, at, seen);
    else this.#readList(key, at, seen);
  }

  /** Takes an operation that may have changed any register: what the transaction wrote before tells nothing any more. */
  forget(): void {
    for (const own of this.#written.values()) unsettle(own);
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
    if (!sameJson(elements.slice(elements.length - mine.length), mine)) {
      this.#contradiction(key, canonicalJson(seen), `had itself appended ${mine.map(canonicalJson).join(", ")}`);
      return;
    }
    key.reads.push({ tx: this.#tx, op, elements, own: mine.length, byAbsence: false });
  }

  #change(key: RegisterKey, at: number, op: Exclude<KeyedOp, { op: "get" }>): void {
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
    const own = this.#written.get(key);
    if (seen === undefined) {
      // What it wrote depends on what it read. An aborted one wrote nothing that may be seen at all.
      if (this.#transaction.status !== "aborted")
        key.problem ??= `nobody can tell what ${this.#transaction.id} wrote here when it added ${n}`;
      if (own !== undefined) unsettle(own);
      return;
    }
    if (typeof seen !== "number") {
      this.#findings.add(
        "garbage-read",
        [this.#transaction.id],
        `${this.#transaction.id} added ${n} to ${key.name} and got ${canonicalJson(seen)}`,
      );
      return;
    }
    if (own?.value !== undefined) {
      const before = own.isGone ? 0 : own.value;
      if (typeof before !== "number" || before + n !== seen)
        this.#contradiction(key, canonicalJson(seen), `had itself ${didBefore(own)}, before it added ${n}`);
    } else if (own === undefined && Number.isInteger(n)) {
      // With fractions the number read cannot be told exactly from the sum.
      this.#read(key, at, seen - n, true);
    }
    this.#write(key, seen, true);
  }

  #readRegister(key: RegisterKey, at: number, seen: Json): void {
    const own = this.#written.get(key);
    if (own === undefined) this.#read(key, at, seen);
    else if (own.value !== undefined && !sameJson(own.value, seen)) {
      this.#contradiction(key, canonicalJson(seen), `had itself ${didBefore(own)}`);
    }
  }

  #readAsAbsent(key: RegisterKey, at: number, isInsert: boolean): void {
    const own = this.#written.get(key);
    if (own === undefined) this.#read(key, at, null);
    else if (own.value !== undefined && !own.isGone) {
      this.#contradiction(
        key,
        "no row",
        `had itself ${didBefore(own)}, before it ${isInsert ? "inserted there" : "found nothing to delete"}`,
      );
    }
  }

  #readAsPresent(key: RegisterKey): void {
    if (this.#written.get(key)?.isGone === true) this.#contradiction(key, "a row", "had itself deleted it");
  }

  #read(key: RegisterKey, op: number, value: Json, isOfSum = false): void {
    if (this.#transaction.status === "committed")
      key.reads.push({ tx: this.#tx, op, value, isOfSum, byAbsence: false });
  }

  #write(key: RegisterKey, value: Json, certain: boolean, deletes = false): void {
    const write = { tx: this.#tx, value, certain, intermediate: false };
    key.writes.push(write);
    const writes = this.#written.get(key)?.writes ?? [];
    if (certain) for (const before of writes) before.intermediate = true;
    writes.push(write);
    this.#written.set(key, { writes, value: certain ? value : undefined, isGone: certain && deletes });
  }

  #contradiction(key: Key, seen: string, because: string): void {
    if (this.#transaction.status !== "committed") return;
    const { id } = this.#transaction;
    this.#findings.add("internal", [id], `${id} saw ${seen} at ${key.name}, although it ${because}`);
  }
}

/** Something was perhaps written on top of what the transaction had written. */
function unsettle(own: OwnWrites): void {
  own.value = undefined;
  own.isGone = false;
}

/** What a transaction did to a key last, in words. */
function didBefore({ value, isGone }: OwnWrites): string {
  return isGone ? "deleted it" : `written ${canonicalJson(value)}`;
}
