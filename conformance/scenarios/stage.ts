import type { History } from "../history/history.ts";
import { checkNumbering, type Recorded } from "../history/numbering.ts";
import type { Gate, OriginSession, Reply } from "../origin/gated-origin.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { CallResult, Json } from "../protocol/schemas.ts";
import { expectThat, show } from "./expect.ts";
import type { Randomness } from "./randomness.ts";
import { Unmeasured, Violation } from "./violation.ts";
import type { Watchdog } from "./watchdog.ts";

/** Arguments of a call, by parameter. */
export type Args = Record<string, Json>;

/** A call that was submitted. */
export interface Submitted {
  readonly call: string;
  readonly function: string;
  readonly result: Promise<CallResult>;
  /** How it ended, once the kit has its result. */
  readonly ended: CallResult | undefined;
}

/** What a scenario shares with the others that play in the same run. */
export interface StageSetting {
  readonly host: HostProcess;
  readonly session: OriginSession;
  readonly history: History;
  readonly watchdog: Watchdog;
  readonly random: Randomness;
  /** Whether the guest is JavaScript, which has native async functions. */
  readonly js: boolean;
  /** Loads a module by its name and gives its id in the host. */
  readonly load: (module: string) => Promise<string>;
  /** A name for a connection or call that the host has not seen yet. */
  readonly freshName: (prefix: string) => string;
}

/** Where a scenario plays: one module, freshly loaded, with its connections, gates and calls. */
export class Stage {
  readonly #setting: StageSetting;
  readonly #module: string;
  readonly #inFlight = new Set<Submitted>();
  readonly #held = new Set<Gate>();
  #outcomes = 0;

  private constructor(setting: StageSetting, module: string) {
    this.#setting = setting;
    this.#module = module;
  }

  /** Loads the module and opens a stage on it. */
  static async open(setting: StageSetting, module: string): Promise<Stage> {
    return new Stage(setting, await setting.watchdog.until(setting.load(module), `${module} to be loaded`));
  }

  /** Another module in the same host, with a stage of its own. */
  another(module: string): Promise<Stage> {
    return Stage.open(this.#setting, module);
  }

  /** Whether the guest is JavaScript. */
  get js(): boolean {
    return this.#setting.js;
  }

  /** Numbers drawn from the run's seed and the scenario's id. */
  get random(): Randomness {
    return this.#setting.random;
  }

  /** What the host declares of itself. */
  get profile() {
    return this.#setting.host.info.profile;
  }

  /** The host's process id. */
  get pid(): number {
    return this.#setting.host.pid;
  }

  /** Opens a connection. */
  async connect(name: string): Promise<Connection> {
    const connection = this.#setting.freshName(name);
    await this.until(
      this.#setting.host.request("connection/open", { module: this.#module, connection }),
      `${connection} to be connected`,
    );
    return new Connection((call, args) => this.#submit(connection, call, args));
  }

  /** A gate: a response that waits for the scenario's release. */
  gate(name: string): Gate {
    return this.#setting.session.gate(name);
  }

  /** Several gates, named by number. */
  gates(name: string, count: number): Gate[] {
    return Array.from({ length: count }, (_, index) => this.gate(`${name}${index}`));
  }

  /**
   * Waits until the origin holds a request at each of these gates. Where the host is quiet with fewer fetches in flight than are wanted, no further
   * arrival can come: that is `not-concurrent`.
   */
  async held(gates: readonly Gate[]): Promise<void> {
    const wanted = new Set([...this.#held, ...gates]).size;
    const arrived = Promise.all(gates.map((gate) => gate.arrived));
    const failed = this.#firstFailure(`its request was awaited`);
    const refused = this.#quietWithFewerThan(wanted, gates);
    await this.until(
      Promise.race([arrived, failed, refused]),
      `${gates.length === 1 ? `the request at ${gates[0]?.name}` : `${gates.length} requests to be held at once`}`,
    );
    for (const gate of gates) this.#held.add(gate);
  }

  /** Releases a held response. */
  async release(gate: Gate, reply?: Partial<Reply>): Promise<void> {
    expectThat(gate.state === "held", "wrong-response", `${gate.name} is ${gate.state} and cannot be released`);
    this.#held.delete(gate);
    this.#outcomes += 1;
    await this.until(gate.release(reply), `the response of ${gate.name} to be sent`);
  }

  /** Waits until the host has taken every outcome released so far and nothing of the module can run. */
  async quiet(): Promise<void> {
    await this.until(
      this.#setting.host.request("quiesce", { module: this.#module, outcomes: this.#outcomes }),
      "the host to be quiet",
    );
  }

  /** Stops the lane: what becomes ready waits in its queue until `resume`. */
  async pause(): Promise<void> {
    await this.until(this.#setting.host.request("lane/pause", { module: this.#module }), "the lane to pause");
  }

  /** Lets the lane run what is ready. */
  async resume(): Promise<void> {
    await this.until(this.#setting.host.request("lane/resume", { module: this.#module }), "the lane to resume");
  }

  /** Demands that no request came to these gates, once the host has nothing left that could send one. */
  async neverArrived(gates: readonly Gate[]): Promise<void> {
    if (!this.#setting.host.info.capabilities.includes("quiesce")) {
      throw new Unmeasured("absence is shown by quiesce, which this host does not declare");
    }
    await this.quiet();
    for (const gate of gates) {
      expectThat(gate.state === "waiting", "unexpected-arrival", `a request came to ${gate.name}`);
    }
  }

  /** The call's result, however it ended. */
  result(call: Submitted): Promise<CallResult> {
    return this.until(call.result, `the result of ${call.call} (${call.function})`);
  }

  /** The value of a call that must succeed. */
  async returned<T>(call: Submitted): Promise<T> {
    const result = await this.result(call);
    if (result.outcome === "failed") {
      const { category, message } = result.error;
      throw new Violation("call-failed", `${call.call} (${call.function}) failed as ${category}: ${message}`);
    }
    return result.value as T;
  }

  /** The error of a call that must fail. */
  async failed(call: Submitted): Promise<{ category: string; message: string; function: string }> {
    const result = await this.result(call);
    if (result.outcome === "returned") {
      throw new Violation("call-succeeded", `${call.call} (${call.function}) returned ${show(result.value)}`);
    }
    return result.error;
  }

  /** The `seq` of the transactions that the call committed. */
  async seqs(call: Submitted): Promise<readonly number[]> {
    return (await this.result(call)).seqs;
  }

  /** The rows of a table, read from outside in one snapshot. */
  async rows<Row>(table: string): Promise<(readonly [string, Row])[]> {
    const read = await this.until(
      this.#setting.host.request("table/read", { module: this.#module, table }),
      `the table ${table}`,
    );
    this.#setting.history.add({ kind: "rows", table, rows: read.rows });
    return read.rows as unknown as (readonly [string, Row])[];
  }

  /** What the guests recorded, in commit order. Numbers that contradict a serial order are a violation. */
  async recorded(): Promise<Recorded[]> {
    const rows = await this.rows<Recorded>("log");
    const fault = checkNumbering(rows);
    if (fault !== undefined) throw new Violation("lost-update", fault.message);
    return rows.map(([, row]) => row);
  }

  /** The tokens that the guests recorded, in commit order. */
  async tokens(): Promise<string[]> {
    return (await this.recorded()).map((row) => row.token);
  }

  /** Waits for something that the host or the origin must bring about. */
  until<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.#setting.watchdog.until(promise, what);
  }

  #submit(connection: string, name: string, args: Args): Submitted {
    const { history, host } = this.#setting;
    const call = this.#setting.freshName("c");
    history.add({ kind: "submit", call, connection, function: name, args });
    const submitted: { -readonly [K in keyof Submitted]: Submitted[K] } = {
      call,
      function: name,
      ended: undefined,
      result: host.call({ call, connection, function: name, args }).then((result) => {
        history.add({ kind: "result", call, result });
        submitted.ended = result;
        this.#inFlight.delete(submitted);
        return result;
      }),
    };
    submitted.result.catch(() => {});
    this.#inFlight.add(submitted);
    return submitted;
  }

  #firstFailure(during: string): Promise<never> {
    return new Promise((_, reject) => {
      for (const call of this.#inFlight) {
        call.result.then((result) => {
          if (result.outcome === "failed") {
            const { category, message } = result.error;
            const text = `${call.call} (${call.function}) failed as ${category} while ${during}: ${message}`;
            reject(new Violation("call-failed", text));
          }
        }, reject);
      }
    });
  }

  async #quietWithFewerThan(wanted: number, gates: readonly Gate[]): Promise<never> {
    if (this.#setting.host.info.capabilities.includes("quiesce")) {
      const { fetchesInFlight } = await this.#setting.host.request("quiesce", {
        module: this.#module,
        outcomes: this.#outcomes,
      });
      if (fetchesInFlight < wanted) {
        const late = gates.filter((gate) => gate.state === "waiting").map((gate) => gate.name);
        throw new Violation(
          "not-concurrent",
          `the host is quiet with ${fetchesInFlight} of ${wanted} requests in flight`,
          late.slice(0, 8).map((name) => `no request at ${name}`),
        );
      }
    }
    return new Promise<never>(() => {});
  }
}

/** A client's connection to the module. */
export class Connection {
  readonly #submit: (name: string, args: Args) => Submitted;

  constructor(submit: (name: string, args: Args) => Submitted) {
    this.#submit = submit;
  }

  /** Submits a call and does not wait for it. */
  call(name: string, args: Args = {}): Submitted {
    return this.#submit(name, args);
  }
}
