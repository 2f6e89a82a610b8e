import type { HistoryEvent } from "../history/history.ts";
import { checkNumbering, type Recorded } from "../history/numbering.ts";
import { deferred } from "../origin/deferred.ts";
import type { Door } from "../origin/door.ts";
import type { Gate, Reply } from "../origin/gated-origin.ts";
import type { Neighbours } from "../origin/neighbours.ts";
import type { ExitReport } from "../protocol/host-child.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { CallResult, Turn } from "../protocol/schemas.ts";
import { type Args, Connection, type SubmitOptions, type Submitted } from "./connection.ts";
import { expectThat, show } from "./expect.ts";
import type { Randomness } from "./randomness.ts";
import type { CompiledModule, LoadedModule, LoadOptions, StageSetting } from "./stage-setting.ts";
import { Unmeasured, Violation } from "./violation.ts";

/** Milliseconds after which the kit asks whether what has not come can still come. No verdict depends on it. */
const askAfter = 250;

/** Where a scenario plays: one module, freshly loaded, with its connections, gates and calls. */
export class Stage {
  readonly #setting: StageSetting;
  readonly #module: string;
  readonly #name: string;
  readonly #inFlight = new Set<Submitted>();
  readonly #held = new Set<Gate>();
  #outcomes = 0;

  private constructor(setting: StageSetting, module: LoadedModule, outcomes: number) {
    this.#outcomes = outcomes;
    this.#setting = setting;
    this.#module = module.id;
    this.#name = module.name;
  }

  /** Loads the module and opens a stage on it. */
  static async open(setting: StageSetting, module: string, options: LoadOptions = {}): Promise<Stage> {
    const loaded = await setting.watchdog.until(setting.load(module, options), `${module} to be loaded`);
    return new Stage(setting, loaded, 0);
  }

  /** A stage on a module that is loaded already, and of which `outcomes` fetch outcomes have come in. */
  static on(setting: StageSetting, module: LoadedModule, outcomes: number): Stage {
    return new Stage(setting, module, outcomes);
  }

  /** Fetch outcomes that the kit has brought about. */
  get outcomes(): number {
    return this.#outcomes;
  }

  /** A connection that is open already. */
  adopt(connection: string): Connection {
    this.#add({ kind: "connect", connection, module: this.#name });
    this.#add({ kind: "connected", connection });
    return this.#connection(connection);
  }

  /** Another module in the same host, with a stage of its own. */
  another(module: string, options: LoadOptions = {}): Promise<Stage> {
    return Stage.open(this.#setting, module, options);
  }

  /** Tells the host to shut down. Resolves when its process has ended. */
  async shutDown(): Promise<ExitReport> {
    this.#add({ kind: "shutdown" });
    const report = await this.until(this.#setting.host.stop(), "the host to end");
    this.#add({ kind: "exited", code: report.code });
    return report;
  }

  /** Kills the host's process, whatever it is doing, and starts another; gives a stage there, with this module loaded. */
  async afterDeath(module: string, options: LoadOptions): Promise<Stage> {
    if (this.#setting.revive === undefined) throw new Error("this stage's host cannot be killed");
    const setting = await this.until(this.#setting.revive(), "another host to be started");
    return Stage.open(setting, module, options);
  }

  /** Puts the code of another module in the place of this one's. What then begins runs that. */
  async update(to: string): Promise<void> {
    const guest = this.js ? "ts" : "as";
    const code = this.compiled.find((one) => one.name === to && one.guest === guest);
    if (code === undefined) throw new Error(`there is no compiled module ${to}`);
    const { path, sha256 } = code;
    this.#add({ kind: "update", module: this.#name, source: to });
    await this.until(
      this.#setting.host.request("module/update", { module: this.#module, path, sha256 }),
      `the module to run the code of ${to}`,
    );
    this.#add({ kind: "updated", module: this.#name });
  }

  /** The host, for what has no word here. What is done so stands in the history only where the scenario adds it. */
  get host(): HostProcess {
    return this.#setting.host;
  }

  /** A way in to the origin that accepts connections and reads nothing of them until it is told to. */
  get door(): Door {
    if (this.#setting.door === undefined) throw new Error("this stage has no door");
    return this.#setting.door;
  }

  /** The compiled conformance modules, of every guest language. */
  get compiled(): readonly CompiledModule[] {
    if (this.#setting.compiled === undefined) throw new Error("this stage knows no compiled modules");
    return this.#setting.compiled;
  }

  /** The module's id in the host. */
  get module(): string {
    return this.#module;
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
    const { connection, opened } = this.opening(name);
    await this.until(opened, `${connection.name} to be connected`);
    return connection;
  }

  /** Asks for a connection, on which calls can be submitted at once; `opened` resolves when its `connected` hook has committed. */
  opening(name: string): { readonly connection: Connection; readonly opened: Promise<void> } {
    const connection = this.#setting.freshName(name);
    this.#add({ kind: "connect", connection, module: this.#name });
    const opened = this.#setting.host
      .request("connection/open", { module: this.#module, connection })
      .then(() => this.#add({ kind: "connected", connection }));
    // Where the scenario ends before it asks.
    opened.catch(() => {});
    return { connection: this.#connection(connection), opened };
  }

  /** Closes a connection. Resolves when its `disconnected` hook has ended. */
  async disconnect({ name }: Connection): Promise<void> {
    this.#add({ kind: "disconnect", connection: name });
    await this.until(
      this.#setting.host.request("connection/close", { connection: name }),
      `${name} to be disconnected`,
    );
    this.#add({ kind: "disconnected", connection: name });
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

  /**
   * Waits for requests at these gates and for these results, which must come without further doing of the kit. Where the host is quiet without them,
   * they cannot.
   */
  async consequences(gates: readonly Gate[], calls: readonly Submitted[]): Promise<void> {
    for (const gate of gates) this.#held.add(gate);
    const fetches = this.#held.size;
    const all = Promise.all([...gates.map((gate) => gate.arrived), ...calls.map((call) => call.result)]);
    const asking = deferred<void>();
    const timer = setTimeout(asking.resolve, askAfter);
    const missing = asking.promise.then(() => this.#missing(fetches, calls));
    missing.catch(() => {});
    const awaited = [...gates.map((gate) => gate.name), ...calls.map((call) => `the result of ${call.call}`)];
    try {
      await this.until(Promise.race([all, missing]), awaited.join(", "));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Releases a held response. */
  async release(gate: Gate, reply?: Partial<Reply>): Promise<void> {
    expectThat(gate.state === "held", "wrong-response", `${gate.name} is ${gate.state} and cannot be released`);
    this.#held.delete(gate);
    this.#outcomes += 1;
    await this.until(gate.release(reply), `the response of ${gate.name} to be sent`);
  }

  /** A fetch ends by itself, not by what becomes of a gate: its outcome is waited for where the host is asked whether it is quiet. */
  endsByItself(): void {
    this.#outcomes += 1;
  }

  /** The scenario itself is about to end this held request, by a deed of the gate's own. */
  letGo(gate: Gate): void {
    expectThat(gate.state === "held", "wrong-response", `${gate.name} is ${gate.state} and cannot be ended`);
    this.#held.delete(gate);
    this.#outcomes += 1;
  }

  /** Releases a response that the host need not take whole. Gives whether it did: false where it closed the connection before the last byte was sent. */
  async pour(gate: Gate, reply: Partial<Reply>): Promise<boolean> {
    this.letGo(gate);
    const taken = gate.release(reply).then(
      () => true,
      () => false,
    );
    return this.until(taken, `the response of ${gate.name} to be sent or refused`);
  }

  /** Ends a held request without a whole response: by a TCP reset, or in order after half of the body. */
  async breakOff(gate: Gate, how: "reset" | "truncate"): Promise<void> {
    expectThat(gate.state === "held", "wrong-response", `${gate.name} is ${gate.state} and cannot be broken off`);
    this.#held.delete(gate);
    this.#outcomes += 1;
    if (how === "reset") gate.reset();
    else {
      await this.until(gate.begin({ body: "cut short" }, 3), `the first bytes of ${gate.name} to be sent`);
      gate.cut();
    }
  }

  /** Ends a call. Its fetches that are held are given up: the origin sees them closed. */
  async cancel(call: Submitted, holding: readonly Gate[] = []): Promise<void> {
    this.#add({ kind: "cancel", call: call.call });
    for (const gate of holding) {
      this.#held.delete(gate);
      this.#outcomes += 1;
    }
    await this.until(this.#setting.host.request("call/cancel", { call: call.call }), `${call.call} to be cancelled`);
    for (const gate of holding) await this.until(gate.closed, `the connection of ${gate.name} to be closed`);
  }

  /** What the host's clock shows, in milliseconds since the epoch. */
  get now(): number {
    return this.#setting.clock.now;
  }

  /** What stands beside the origin, for fetches that must fail. */
  get neighbours(): Neighbours {
    return this.#setting.session.neighbours;
  }

  /** Waits until the host has given up these held requests by itself: the origin sees their connections closed. */
  async givenUp(gates: readonly Gate[]): Promise<void> {
    for (const gate of gates) {
      this.#held.delete(gate);
      this.#outcomes += 1;
      await this.until(gate.closed, `the connection of ${gate.name} to be closed`);
    }
  }

  /** Moves the clock, in milliseconds since the epoch. Resolves when what fell due has run. */
  async advance(to: number): Promise<void> {
    this.#add({ kind: "advance", to });
    const { now } = await this.until(
      this.#setting.host.request("clock/advance", { to }),
      `the clock to stand at ${to}`,
    );
    this.#setting.clock.now = now;
    this.#add({ kind: "advanced", now });
  }

  /** Whether a call stands still at a point. */
  isParked(call: Submitted): boolean {
    const last = this.#setting.history.events.findLast(
      (event) => (event.kind === "parked" || event.kind === "continue") && event.call === call.call,
    );
    return last?.kind === "parked";
  }

  /** A name that no call or connection has had in this host. */
  freshName(prefix: string): string {
    return this.#setting.freshName(prefix);
  }

  /** What was observed so far. */
  get events(): readonly HistoryEvent[] {
    return this.#setting.history.events;
  }

  /** Lets a parked call go on. */
  async goOn(call: Submitted): Promise<void> {
    this.#add({ kind: "continue", call: call.call });
    await this.until(
      this.#setting.host.request("tx/continue", { module: this.#module, call: call.call }),
      `${call.call} to go on`,
    );
  }

  /** Makes the next commits of a call conflict that is submitted later, under the name that this gives. */
  async failCommits(commits: number): Promise<string> {
    const call = this.#setting.freshName("c");
    this.#add({ kind: "fail-commits", call, commits });
    await this.until(
      this.#setting.host.request("store/fail", { module: this.#module, call, commits }),
      "the store to take its failpoint",
    );
    return call;
  }

  /** Waits until the host has taken every outcome released so far and nothing of the module can run. */
  async quiet(): Promise<void> {
    await this.until(this.#quiesce(), "the host to be quiet");
  }

  /** Stops the lane: what becomes ready waits in its queue until `resume`. */
  async pause(): Promise<void> {
    await this.until(this.#setting.host.request("lane/pause", { module: this.#module }), "the lane to pause");
    this.#add({ kind: "paused", module: this.#name });
  }

  /** Runs one turn of the paused lane and tells which, or null where nothing is ready. */
  async step(): Promise<Turn> {
    const step = this.#setting.history.nextQuestion();
    this.#add({ kind: "step", step, module: this.#name });
    const { turn } = await this.until(
      this.#setting.host.request("lane/step", { module: this.#module }),
      "the lane to run one turn",
    );
    this.#add({ kind: "stepped", step, module: this.#name, turn });
    return turn;
  }

  /** Lets the lane run what is ready. */
  async resume(): Promise<void> {
    this.#add({ kind: "resume", module: this.#name });
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

  /** The same of a call that must succeed without further doing of the kit: a host that is quiet without its result has none to give. */
  async returnedMeanwhile<T>(call: Submitted): Promise<T> {
    await this.consequences([], [call]);
    return this.returned<T>(call);
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
    const number = this.#setting.history.nextQuestion();
    this.#add({ kind: "read", read: number, module: this.#name, table });
    const { rows, seq } = await this.until(
      this.#setting.host.request("table/read", { module: this.#module, table }),
      `the table ${table}`,
    );
    this.#add({ kind: "rows", read: number, table, rows, seq });
    return rows as unknown as (readonly [string, Row])[];
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

  #connection(connection: string): Connection {
    return new Connection(connection, (call, args, options) => this.#submit(connection, call, args, options));
  }

  #add(event: HistoryEvent): void {
    this.#setting.history.add(event);
  }

  async #quiesce(): Promise<number> {
    const quiet = this.#setting.history.nextQuestion();
    const [module, outcomes] = [this.#name, this.#outcomes];
    this.#add({ kind: "quiesce", quiet, module, outcomes });
    const answer = await this.#setting.host.request("quiesce", { module: this.#module, outcomes });
    this.#add({ kind: "quiet", quiet, module, ...answer });
    return answer.fetchesInFlight;
  }

  #submit(connection: string, name: string, args: Args, options: SubmitOptions): Submitted {
    const { history, host } = this.#setting;
    const call = options.name ?? this.#setting.freshName("c");
    const park = options.park === true && { park: true as const };
    history.add({ kind: "submit", call, connection, function: name, args, ...park });
    const submitted: { -readonly [K in keyof Submitted]: Submitted[K] } = {
      call,
      function: name,
      ended: undefined,
      result: host.call({ call, connection, function: name, args, ...park }).then((result) => {
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

  /** Asks the host whether it is quiet. When it is asked is of no matter, what it answers is. */
  async #missing(fetches: number, calls: readonly Submitted[]): Promise<never> {
    if (this.#setting.host.info.capabilities.includes("quiesce")) {
      const inFlight = await this.#quiesce();
      const unanswered = calls.filter((call) => call.ended === undefined);
      if (unanswered.length > 0) {
        const names = unanswered.map((call) => `${call.call} (${call.function})`).join(", ");
        throw new Violation("missing-result", `the host is quiet, and there is no result of ${names}`);
      }
      if (inFlight !== fetches) {
        throw new Violation("not-concurrent", `the host is quiet with ${inFlight} requests in flight, not ${fetches}`);
      }
    }
    return new Promise<never>(() => {});
  }

  async #quietWithFewerThan(wanted: number, gates: readonly Gate[]): Promise<never> {
    if (this.#setting.host.info.capabilities.includes("quiesce")) {
      const fetchesInFlight = await this.#quiesce();
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
