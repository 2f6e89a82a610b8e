/** One call as its guest's host functions see it. What the contract forbids is thrown as a `Refusal`. */
import { checkArguments } from "../guest/arguments.ts";
import { checkSize, parseJson } from "../guest/canonical.ts";
import { categoryOf, code, type Failure, Refusal } from "../guest/codes.ts";
import type { FunctionDescription } from "../guest/description.ts";
import { checkRequest } from "../guest/request.ts";
import { jsonBytes, keyBytes, requestBodyBytes } from "../limits.ts";
import { checkText } from "../store/tables.ts";
import { type CallSpec, type Level, levels, type OpOutcome } from "./messages.ts";
import { cancelled, type Runtime } from "./runtime.ts";

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { stringify } = JSON;
const { isFinite: finite } = Number;
const { isSafeInteger } = Number;
const { isArray } = Array;
const { apply } = Reflect;
const { toWellFormed } = String.prototype;

/** Longest message of a failure and longest log line, in UTF-16 code units. */
const messageUnits = 1 << 16;

/** As arguments of a function that does nothing these take more of the stack, 8 KiB, than a commit does. */
const headroom: readonly number[] = new Array(1024).fill(0);
const nothing = () => {};

const abortedMessage = "the fetch was aborted by its guest";

/** What is told how an operation ended. */
type Waiting = (outcome: OpOutcome) => void;

/** An operation that a call waits for. */
interface Pending {
  readonly settled: Waiting;
  /** The guest's number for what may abort it. */
  readonly signal: number | null;
  aborted: boolean;
}

/** A call in this Worker. */
export class GuestCall {
  readonly spec: CallSpec;
  /** The clock when its first turn began. */
  readonly timestamp: number;
  /** The `seq` of each transaction that it has committed. */
  readonly seqs: number[] = [];
  /** Why the guest said that the call is about to fail. */
  failure: Failure | null = null;
  /** The generator behind `Math.random()`, once the guest has used it. */
  random: (() => number) | null = null;
  readonly #runtime: Runtime;
  /** By the operation's number. */
  readonly #waiting = new Map<number, Pending>();
  /** The signals that the guest has aborted. */
  readonly #aborted = new Set<number>();
  #closed = false;

  constructor(spec: CallSpec, runtime: Runtime) {
    this.spec = spec;
    this.#runtime = runtime;
    this.timestamp = runtime.now();
  }

  /** Whether the call runs as a reducer: inside one transaction that the host opens and closes. */
  get reduces(): boolean {
    return this.spec.kind === "reducer" || this.spec.kind === "hook";
  }

  /** Whether a host operation of this call is pending. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether this call has a transaction open. */
  get inTransaction(): boolean {
    return this.#runtime.open === this;
  }

  /** Ends the call: whatever its guest still does is refused. Undoes what it has open; says whether there was anything. */
  close(): boolean {
    this.#closed = true;
    this.#waiting.clear();
    return this.undo();
  }

  /** Undoes the open transaction of a call that ended or yielded; says whether there was one. */
  undo(): boolean {
    if (!this.inTransaction) return false;
    this.#runtime.rollback();
    return true;
  }

  /** The context as JSON. */
  context(): string {
    this.#alive();
    const { name, function: called, sender, connection, seed } = this.spec;
    return stringify({ call: name, function: called, timestamp: this.timestamp, sender, connection, seed });
  }

  /** Writes a log line; a level that is none counts as an error line. */
  log(level: number, text: string): void {
    this.#alive();
    this.#runtime.log(this, levels[level] ?? "error", clip(text));
  }

  /** Writes a log line of the host's own about this call. */
  report(level: Level, text: string): void {
    this.#runtime.log(this, level, clip(text));
  }

  /** Opens a transaction. */
  begin(): void {
    this.#alive();
    this.#procedure("begin a transaction");
    this.#noTransaction("begin another");
    if (this.#runtime.open !== null) {
      throw new Refusal(code.transactionOpen, "another call of this turn has a transaction open");
    }
    this.#runtime.begin(this);
  }

  /** Commits the open transaction. */
  commit(): void {
    this.#alive();
    this.#procedure("commit a transaction");
    this.#transaction("commit");
    // A guest may commit from the end of its stack: what it is then told has failed must not have been committed.
    apply(nothing, undefined, headroom);
    this.seqs.push(this.#runtime.commit());
  }

  /** Commits the transaction of a reducer or hook. */
  commitReducer(): void {
    this.seqs.push(this.#runtime.commit());
  }

  /** Undoes the open transaction. */
  abort(): void {
    this.#alive();
    this.#procedure("abort a transaction");
    this.#transaction("abort");
    this.#runtime.rollback();
  }

  /** Marks a point of the open transaction: a call that was submitted with `park` may stop here. */
  point(name: string): void {
    this.#alive();
    this.#transaction("mark a point");
    checkSize(checkText(name, "the point's name"), keyBytes, "the point's name");
    if (!this.spec.park || this.#runtime.park === null) return;
    this.#runtime.park(this.spec.n, name);
    this.#alive();
  }

  /** The row under `key`. */
  get(table: string, key: string): string {
    return this.#tables(`read table ${table}`).get(table, key);
  }

  /** Stores a new row. */
  insert(table: string, key: string, row: string): void {
    this.#tables(`insert into table ${table}`).insert(table, key, row);
  }

  /** Replaces a row. */
  update(table: string, key: string, row: string): void {
    this.#tables(`update table ${table}`).update(table, key, row);
  }

  /** Removes a row. */
  remove(table: string, key: string): void {
    this.#tables(`delete from table ${table}`).remove(table, key);
  }

  /** The rows of a range as JSON. */
  scan(table: string, from: string, to: string): string {
    return this.#tables(`scan table ${table}`).scan(table, from, to);
  }

  /** Schedules a call, if the open transaction commits; again each `every` milliseconds, unless that is null. */
  schedule(name: string, args: string, at: number, every: number | null): void {
    this.#tables("schedule a call").schedule(name, args, at, every);
  }

  /** Submits a reducer in the name of this call's sender, and does not wait for it. */
  callReducer(name: string, args: string): void {
    this.#alive();
    this.#procedure("call a reducer");
    this.#noTransaction("call a reducer");
    const reducer = this.#runtime.reducer(checkText(name, "the name of the reducer"));
    if (reducer === undefined) {
      throw new Refusal(code.badValue, `cannot call ${stringify(clip(name))}: the module has no reducer of that name`);
    }
    const text = this.#arguments(args, reducer);
    this.#runtime.post({ t: "reducer", n: this.spec.n, name, args: text });
  }

  /** The time at which the open transaction began. */
  transactionTime(): number {
    this.#alive();
    this.#transaction("tell when it began");
    return this.#runtime.began;
  }

  /** The module's next UUID. */
  uuid(): string {
    this.#alive();
    return this.#runtime.uuid();
  }

  /** Records why the call is about to fail; a number that is no code counts as `guest-error`. */
  fail(number: number, message: string): void {
    if (this.#closed) return;
    this.failure = { category: categoryOf(number), message: clip(message) };
  }

  /**
   * Issues a fetch. `settled` is told its outcome in a later turn. Gives the operation's number. `signal` is the guest's number
   * for what may abort it, or null.
   */
  fetch(request: string, body: Uint8Array<ArrayBuffer> | null, signal: number | null, settled: Waiting): number {
    this.#alive();
    this.#procedure("fetch");
    this.#noTransaction("fetch");
    checkSize(checkText(request, "the request"), jsonBytes, "the request");
    const checked = checkRequest(request);
    const length = body?.byteLength ?? 0;
    if (length > requestBodyBytes) {
      throw new Refusal(code.limit, `the request's body is ${length} bytes long; the limit is ${requestBodyBytes}`);
    }
    if (signal !== null && this.#aborted.has(checkSignal(signal))) throw new Refusal(code.aborted, abortedMessage);
    const op = this.#runtime.nextOp();
    const sent = body !== null && length > 0 ? body.buffer : null;
    this.#runtime.post({ t: "fetch", n: this.spec.n, op, request: checked, body: sent });
    return this.#issued(op, settled, signal);
  }

  /**
   * Aborts the fetches with that signal, those that are pending and those to come. One is pending until its guest is given the
   * outcome: what the guest does decides, and not whether the response was faster.
   */
  abortFetch(signal: number): void {
    this.#alive();
    this.#aborted.add(checkSignal(signal));
    for (const [op, waiting] of this.#waiting) {
      if (waiting.signal !== signal || waiting.aborted) continue;
      waiting.aborted = true;
      this.#runtime.post({ t: "abort", n: this.spec.n, op });
    }
  }

  /** Begins a sleep, or gives null where the time has passed. `settled` is told in a later turn that it has come. */
  sleep(at: number, settled: Waiting): number | null {
    this.#alive();
    this.#procedure("sleep");
    this.#noTransaction("sleep");
    if (typeof at !== "number" || !finite(at)) {
      throw new Refusal(code.badValue, "the time to sleep until is not a finite number of milliseconds");
    }
    if (at <= this.#runtime.now()) return null;
    const op = this.#runtime.nextOp();
    this.#runtime.post({ t: "sleep", n: this.spec.n, op, at });
    return this.#issued(op, settled, null);
  }

  /** Hands a settled operation to what waits for it; one that nothing waits for is dropped. */
  settle(op: number, outcome: OpOutcome): void {
    const waiting = this.#waiting.get(op);
    this.#waiting.delete(op);
    if (waiting === undefined) return;
    waiting.settled(waiting.aborted ? { kind: "refused", code: code.aborted, message: abortedMessage } : outcome);
  }

  /** Waits for an operation once it was issued: nobody would end one that was not, because the guest's stack had ended. */
  #issued(op: number, settled: Waiting, signal: number | null): number {
    this.#waiting.set(op, { settled, signal, aborted: false });
    return op;
  }

  /** The canonical arguments of a reducer that the guest calls. */
  #arguments(args: string, reducer: FunctionDescription): string {
    const given = parseJson(checkText(args, "the arguments"), `the arguments for ${reducer.name}`);
    if (typeof given !== "object" || given === null || isArray(given)) {
      throw new Refusal(code.badValue, `the arguments for ${reducer.name} are not one JSON object`);
    }
    try {
      return checkArguments(given, reducer);
    } catch (error) {
      throw new Refusal(code.badValue, (error as Error).message);
    }
  }

  #alive(): void {
    if (this.#closed) {
      throw new Refusal(code.handleClosed, `the host of call ${this.spec.name} is used after that call has ended`);
    }
    if (!this.#runtime.control.cancelled) return;
    this.undo();
    throw cancelled();
  }

  #procedure(what: string): void {
    if (!this.reduces) return;
    const kind = this.spec.kind === "hook" ? "a hook" : "a reducer";
    throw new Refusal(code.notAllowed, `${kind} cannot ${what}: it runs inside one transaction and never yields`);
  }

  #noTransaction(what: string): void {
    if (this.inTransaction) {
      throw new Refusal(code.transactionOpen, `cannot ${what} while this call has a transaction open`);
    }
  }

  #transaction(what: string): void {
    if (!this.inTransaction) {
      throw new Refusal(code.noTransaction, `cannot ${what}: this call has no transaction open`);
    }
  }

  #tables(what: string) {
    this.#alive();
    this.#transaction(what);
    return this.#runtime.tables;
  }
}

function checkSignal(signal: number): number {
  if (isSafeInteger(signal) && signal >= 1) return signal;
  throw new Refusal(code.badValue, "the number of a signal is no whole number from 1");
}

/** The message of a thrown value; reading it may run the guest's code, which may throw again. */
export function messageOf(thrown: unknown): string {
  try {
    if (typeof thrown === "object" && thrown !== null) {
      const { message } = thrown as { message?: unknown };
      if (typeof message === "string") return clip(message);
    }
    return clip(String(thrown));
  } catch {
    return "the guest threw a value that has no text";
  }
}

/** Text that can be sent: well-formed and no longer than a message may be. */
export function clip(text: string): string {
  const whole: string = apply(toWellFormed, `${text}`, []);
  return whole.length > messageUnits ? `${whole.slice(0, messageUnits)}…` : whole;
}
