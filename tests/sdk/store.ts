/** The least host that the mechanics of an SDK can be tested against: tables in memory, and origins that tests settle. */

/** What a test lets an origin answer. */
export interface Answer {
  /** The response, or the code of a refusal. */
  readonly response: { status: number; statusText: string; headers: [string, string][]; url: string } | number;
  readonly body: Uint8Array;
}

/** A complete answer with status 200. */
export function ok(url: string, body: string | Uint8Array): Answer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { response: { status: 200, statusText: "OK", headers: [], url }, body: bytes };
}

/** A refused host call: its code and its message. */
export class Refusal {
  readonly code: number;
  readonly message: string;

  constructor(code: number, message: string) {
    this.code = code;
    this.message = message;
  }
}

type Rows = Map<string, unknown>;

/** A module's tables, the one transaction that may be open, and what calls have left behind. */
export class Store {
  readonly #tables: Map<string, Rows>;
  #before: Map<string, Rows> | undefined;
  readonly logged: [level: number, text: string][] = [];
  readonly scheduled: [name: string, args: unknown, at: number, every?: number][] = [];
  /** The reducers that procedures have submitted. */
  readonly submitted: [name: string, args: unknown][] = [];
  #uuids = 0;
  /** Answers each request; the promise is what a suspended call waits for. */
  origin: (request: Request) => Answer | Promise<Answer> = ({ url }) => ok(url, `body of ${url}`);
  readonly requests: Request[] = [];
  /** How many of the next commits conflict. */
  conflicts = 0;
  /** The points that transactions have passed, and how the next ones are refused. */
  readonly points: string[] = [];
  pointRefusal: Refusal | undefined;
  readonly context = {
    call: "c1",
    function: "f",
    timestamp: 1000.5,
    sender: "someone",
    connection: "k1" as string | null,
    seed: [1, 2, 3, 4],
  };

  constructor(tables: readonly string[]) {
    this.#tables = new Map(tables.map((name) => [name, new Map()]));
  }

  get isOpen(): boolean {
    return this.#before !== undefined;
  }

  /** A table's rows in key order. */
  rows(table: string): [string, unknown][] {
    return [...this.#tables.get(table)!].sort(([a], [b]) => compareByCodePoint(a, b));
  }

  begin(): Refusal | 0 {
    if (this.isOpen) return new Refusal(-3, "a transaction is open");
    this.#before = new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)]));
    return 0;
  }

  commit(): Refusal | 0 {
    if (!this.isOpen) return new Refusal(-2, "no transaction is open");
    if (this.conflicts > 0) {
      this.conflicts--;
      this.abort();
      return new Refusal(-12, "the commit conflicted");
    }
    this.#before = undefined;
    return 0;
  }

  point(name: string): Refusal | 0 {
    if (!this.isOpen) return new Refusal(-2, "no transaction is open");
    if (this.pointRefusal !== undefined) return this.pointRefusal;
    this.points.push(name);
    return 0;
  }

  abort(): Refusal | 0 {
    if (this.#before === undefined) return new Refusal(-2, "no transaction is open");
    for (const [name, rows] of this.#before) this.#tables.set(name, rows);
    this.#before = undefined;
    return 0;
  }

  get(table: string, key: string): Refusal | string {
    const rows = this.#rowsOf(table);
    if (rows instanceof Refusal) return rows;
    return rows.has(key) ? JSON.stringify(rows.get(key)) : new Refusal(-1, `no row ${key}`);
  }

  insert(table: string, key: string, row: string): Refusal | 0 {
    const rows = this.#rowsOf(table);
    if (rows instanceof Refusal) return rows;
    if (rows.has(key)) return new Refusal(-5, `${table} has a row ${key}`);
    rows.set(key, JSON.parse(row));
    return 0;
  }

  update(table: string, key: string, row: string): Refusal | 0 {
    const rows = this.#rowsOf(table);
    if (rows instanceof Refusal) return rows;
    if (!rows.has(key)) return new Refusal(-1, `no row ${key}`);
    rows.set(key, JSON.parse(row));
    return 0;
  }

  delete(table: string, key: string): Refusal | 0 {
    const rows = this.#rowsOf(table);
    if (rows instanceof Refusal) return rows;
    return rows.delete(key) ? 0 : new Refusal(-1, `no row ${key}`);
  }

  scan(table: string, from: string, to: string): Refusal | string {
    const rows = this.#rowsOf(table);
    if (rows instanceof Refusal) return rows;
    const isIn = (key: string) => compareByCodePoint(from, key) <= 0 && (to === "" || compareByCodePoint(key, to) < 0);
    return JSON.stringify(this.rows(table).filter(([key]) => isIn(key)));
  }

  schedule(name: string, args: string, at: number): Refusal | 0 {
    if (!this.isOpen) return new Refusal(-2, "no transaction is open");
    this.scheduled.push([name, JSON.parse(args), at]);
    return 0;
  }

  scheduleEvery(name: string, args: string, first: number, every: number): Refusal | 0 {
    if (!this.isOpen) return new Refusal(-2, "no transaction is open");
    this.scheduled.push([name, JSON.parse(args), first, every]);
    return 0;
  }

  callReducer(name: string, args: string): Refusal | 0 {
    if (this.isOpen) return new Refusal(-3, "a reducer called inside a transaction");
    if (name === "none") return new Refusal(-7, "no reducer none");
    this.submitted.push([name, JSON.parse(args)]);
    return 0;
  }

  /** When the open transaction began: later than the call. */
  began(): Refusal | number {
    return this.isOpen ? this.context.timestamp + 1 : new Refusal(-2, "no transaction is open");
  }

  uuid(): string {
    this.#uuids++;
    return `01900000-0000-7000-8000-${String(this.#uuids).padStart(12, "0")}`;
  }

  /** What a fetch comes to, or the refusal to issue it. */
  fetch(request: string, body: Uint8Array): Refusal | Answer | Promise<Answer> {
    if (this.isOpen) return new Refusal(-3, "a fetch inside a transaction");
    const issued = { ...JSON.parse(request), body };
    this.requests.push(issued);
    return this.origin(issued);
  }

  #rowsOf(table: string): Refusal | Rows {
    if (!this.isOpen) return new Refusal(-2, "no transaction is open");
    return this.#tables.get(table) ?? new Refusal(-6, `no table ${table}`);
  }
}

/** A request as it was issued. */
export interface Request {
  readonly url: string;
  readonly method?: string;
  readonly headers?: [string, string][];
  readonly body: Uint8Array;
}

function compareByCodePoint(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
