/**
 * The load: speaks the host protocol as the kit does, but checks no more of a frame than that it is a success, and keeps none. Checking every frame against
 * its schema costs more than a fast host's answer to it.
 */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { HostChild, type HostCommand } from "../protocol/host-child.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { ModuleEntry } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";

/** A call to submit: the function and its arguments. */
export type Submission = readonly [name: string, args: Readonly<Record<string, unknown>>];

/** What a host says of a module in `stats`, as far as it is used here. */
export interface ModuleStats {
  readonly fetchesInFlight: number;
  readonly instances: number;
  readonly outcomes: number;
}

interface Engine {
  readonly name: string;
  readonly version: string;
}

type Settle = (error: Error | undefined, result: unknown) => void;

const connection = "bench";

/** What calls that were submitted one at a time took. */
export interface OneByOne {
  /** Of each from writing its request to reading its result. */
  readonly nanoseconds: RecordableHistogram;
  /** The most answers to other requests that came in that time. */
  readonly mostBetween: number;
}

/** A host under load, with one module and one connection. */
export class Driver {
  readonly name: string;
  /** What `initialize` says of the engines. */
  engines: readonly Engine[] = [];
  #child!: HostChild;
  readonly #pending = new Map<number, Settle>();
  #lastId = 0;
  #lastCall = 0;
  #answers = 0;
  #keys = 0;
  #errors = "";
  #over: Error | undefined;
  #module = "";

  /**
   * Starts a host that may reach the origin at `allow` (`host:port`). On a `virtual` clock, which nobody advances, no fetch takes too long.
   * @throws KitError where it cannot be started
   */
  static async start(command: HostCommand, allow: string, clock: "real" | "virtual"): Promise<Driver> {
    const driver = new Driver(command.name);
    driver.#child = await HostChild.start(command, 2000, {
      line: (line) => driver.#take(line),
      tooLong: (message) => driver.#end(`sent a line that is too long: ${message}`),
      stderr: (chunk) => {
        driver.#errors = (driver.#errors + chunk.toString()).slice(-4096);
      },
      deaf: (which) => driver.#end(`closed its standard ${which}`),
      ended: ({ code, signal }) => driver.#end(`ended (${signal ?? `exit code ${code}`})`),
    }).catch((error: Error) => {
      throw new KitError(`${command.name} cannot be started: ${error.message}`);
    });
    const mode = clock === "real" ? { mode: clock } : { mode: clock, now: 0 };
    const params = { protocol: 1, nonce: "bench", seed: "bench", clock: mode, allow: [allow] };
    const { engines } = (await driver.request("initialize", params)) as { engines: Engine[] };
    driver.engines = engines;
    return driver;
  }

  private constructor(name: string) {
    this.name = name;
  }

  /** Id of the host's process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** A key that no row has yet, somewhere among those that have. */
  freshKey(): string {
    this.#keys += 1;
    // Odd, so that each number of 32 bits comes once (Knuth's multiplicative hash).
    return `k${(Math.imul(this.#keys, 2_654_435_761) >>> 0).toString(36)}`;
  }

  /** Loads a module and opens the connection that all calls come by. */
  async load({ path, sha256 }: ModuleEntry, guest: GuestLanguage, root: string): Promise<void> {
    const loaded = await this.request("module/load", { guest, path: `${root}/${path}`, sha256 });
    this.#module = (loaded as { module: string }).module;
    await this.request("connection/open", { module: this.#module, connection });
  }

  /** What the host says of its module. */
  async stats(): Promise<ModuleStats> {
    const { modules } = (await this.request("stats", {})) as { modules: (ModuleStats & { module: string })[] };
    const own = modules.find(({ module }) => module === this.#module);
    if (own === undefined) throw new KitError(`${this.name} does not tell of ${this.#module} in its stats`);
    return own;
  }

  /** Waits until nothing of the module can run, and as many outcomes have come in. */
  async quiet(outcomes = 0): Promise<void> {
    await this.request("quiesce", { module: this.#module, outcomes });
  }

  /** Sends a request; what it resolves to is not checked. Rejects where the host refuses, or has ended. */
  request(method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send(method, params, (error, result) => (error === undefined ? resolve(result) : reject(error)));
    });
  }

  /** Submits a call; resolves once it has returned. Rejects where it failed. */
  call(submission: Submission): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#submit(submission, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Submits calls, all in one piece; resolves once all have returned. */
  async all(submissions: readonly Submission[]): Promise<void> {
    await Promise.all(this.#child.together(() => submissions.map((submission) => this.call(submission))));
  }

  /** Keeps `concurrency` calls in flight until `total` have returned; gives the seconds that took. */
  pump(total: number, concurrency: number, submission: (index: number) => Submission): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const begin = performance.now();
    let submitted = 0;
    let returned = 0;
    const next = (): void => {
      const index = submitted;
      submitted += 1;
      this.#submit(submission(index), (error) => {
        if (error !== undefined) return reject(error);
        returned += 1;
        if (submitted < total) next();
        if (returned === total) resolve((performance.now() - begin) / 1000);
      });
    };
    this.#child.together(() => {
      for (let first = Math.min(concurrency, total); first > 0; first -= 1) next();
    });
    return promise;
  }

  /** Submits calls one at a time while `goesOn` says so. */
  oneByOne(goesOn: (done: number) => boolean, submission: (index: number) => Submission): Promise<OneByOne> {
    const { promise, resolve, reject } = Promise.withResolvers<OneByOne>();
    const nanoseconds = createHistogram();
    let mostBetween = 0;
    const next = (done: number): void => {
      if (!goesOn(done)) {
        resolve({ nanoseconds, mostBetween });
        return;
      }
      const before = this.#answers;
      const begin = process.hrtime.bigint();
      this.#submit(submission(done), (error) => {
        if (error !== undefined) return reject(error);
        nanoseconds.record(process.hrtime.bigint() - begin);
        mostBetween = Math.max(mostBetween, this.#answers - before - 1);
        next(done + 1);
      });
    };
    next(0);
    return promise;
  }

  /** Ends the host; nothing of it is left then. */
  async stop(): Promise<void> {
    this.#over ??= new KitError(`${this.name} was stopped`);
    this.#child.endInput();
    if (!(await this.#child.endsInTime())) await this.#child.kill();
  }

  #submit([name, args]: Submission, settle: Settle): void {
    this.#lastCall += 1;
    const call = `c${this.#lastCall}`;
    this.#send("call", { call, connection, function: name, args }, (error, result) => {
      const outcome = result as { outcome: string; error?: { category: string; message: string } } | undefined;
      if (error !== undefined || outcome?.outcome === "returned") return settle(error, result);
      settle(
        new KitError(`${name} failed on ${this.name} (${outcome?.error?.category}: ${outcome?.error?.message})`),
        undefined,
      );
    });
  }

  #send(method: string, params: unknown, settle: Settle): void {
    if (this.#over !== undefined) {
      settle(this.#over, undefined);
      return;
    }
    this.#lastId += 1;
    this.#pending.set(this.#lastId, settle);
    this.#child.write(JSON.stringify({ jsonrpc: "2.0", id: this.#lastId, method, params }));
  }

  #take(line: Buffer): void {
    const frame = JSON.parse(line.toString());
    const settle = this.#pending.get(frame.id);
    if (settle === undefined) return;
    this.#pending.delete(frame.id);
    this.#answers += 1;
    const refused = frame.error && new KitError(`${this.name} refuses a request: ${frame.error.message}`);
    settle(refused, frame.result);
  }

  #end(how: string): void {
    if (this.#over !== undefined) return;
    this.#over = new KitError(
      `${this.name} ${how} under load${this.#errors === "" ? "" : `; its standard error ends with: ${this.#errors}`}`,
    );
    for (const settle of this.#pending.values()) settle(this.#over, undefined);
    this.#pending.clear();
  }
}
