import type { HistoryEvent } from "../history/history.ts";
import type { Recorded } from "../history/numbering.ts";
import type { Door } from "../origin/door.ts";
import type { Gate, Reply } from "../origin/gated-origin.ts";
import type { Neighbours } from "../origin/neighbours.ts";
import type { ExitReport } from "../protocol/host-child.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { CallResult, Turn } from "../protocol/schemas.ts";
import { Connection, type Submitted } from "./connection.ts";
import { HeldFetches } from "./held-fetches.ts";
import { advanceClock } from "./host-clock.ts";
import { pauseLane, resumeLane, stepLane } from "./lane-steps.ts";
import { reviveHost, shutDownHost, updateModule } from "./lives.ts";
import { ModuleClient } from "./module-client.ts";
import type { Randomness } from "./randomness.ts";
import type { CompiledModule, LoadedModule, LoadOptions, StageSetting } from "./stage-setting.ts";
import { SubmittedCalls } from "./submitted-calls.ts";
import { readRecorded, readRows } from "./table-reads.ts";

/** Where a scenario plays: one module, freshly loaded, with its connections, gates and calls. */
export class Stage {
  readonly #setting: StageSetting;
  readonly #client: ModuleClient;
  readonly #calls: SubmittedCalls;
  readonly #fetches: HeldFetches;

  private constructor(setting: StageSetting, module: LoadedModule, outcomes: number) {
    this.#setting = setting;
    this.#client = new ModuleClient(setting, module);
    this.#calls = new SubmittedCalls(this.#client);
    this.#fetches = new HeldFetches(this.#client, outcomes);
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
    return this.#fetches.outcomes;
  }

  /** A connection that is open already. */
  adopt(connection: string): Connection {
    this.#client.add({ kind: "connect", connection, module: this.#client.name });
    this.#client.add({ kind: "connected", connection });
    return this.#connection(connection);
  }

  /** Another module in the same host, with a stage of its own. */
  another(module: string, options: LoadOptions = {}): Promise<Stage> {
    return Stage.open(this.#setting, module, options);
  }

  /** Tells the host to shut down. Resolves when its process has ended. */
  async shutDown(): Promise<ExitReport> {
    const report = await shutDownHost(this.#client);
    await this.#fetches.lostWithHost();
    return report;
  }

  /** Kills the host's process, whatever it is doing, and starts another; gives a stage there, with this module loaded. */
  async afterDeath(module: string, options: LoadOptions): Promise<Stage> {
    const setting = await reviveHost(this.#client);
    await this.#fetches.lostWithHost();
    return Stage.open(setting, module, options);
  }

  /** Puts the code of another module in the place of this one's. What then begins runs that. */
  async update(to: string): Promise<void> {
    const guest = this.js ? "ts" : "as";
    const code = this.compiled.find((one) => one.name === to && one.guest === guest);
    if (code === undefined) throw new Error(`there is no compiled module ${to}`);
    await updateModule(this.#client, code);
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
    return this.#client.id;
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
    this.#client.add({ kind: "connect", connection, module: this.#client.name });
    const opened = this.#setting.host
      .request("connection/open", { module: this.#client.id, connection })
      .then(() => this.#client.add({ kind: "connected", connection }));
    // Where the scenario ends before it asks.
    opened.catch(() => {});
    return { connection: this.#connection(connection), opened };
  }

  /** Closes a connection. Resolves when its `disconnected` hook has ended. */
  async disconnect({ name }: Connection): Promise<void> {
    this.#client.add({ kind: "disconnect", connection: name });
    await this.until(
      this.#setting.host.request("connection/close", { connection: name }),
      `${name} to be disconnected`,
    );
    this.#client.add({ kind: "disconnected", connection: name });
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
  held(gates: readonly Gate[]): Promise<void> {
    return this.#fetches.held(gates, this.#calls.firstFailure("its request was awaited"));
  }

  /**
   * Waits for requests at these gates and for these results, which must come without further doing of the kit. Where the host is quiet without them,
   * they cannot.
   */
  consequences(gates: readonly Gate[], calls: readonly Submitted[]): Promise<void> {
    return this.#fetches.consequences(gates, calls);
  }

  /** Releases a held response. */
  release(gate: Gate, reply?: Partial<Reply>): Promise<void> {
    return this.#fetches.release(gate, reply);
  }

  /** Releases the response that a held call waits for, and gives the value that the call must return. */
  async answered<T>(gate: Gate, call: Submitted, reply?: Partial<Reply>): Promise<T> {
    await this.#fetches.answer(gate, call, reply);
    return this.returned<T>(call);
  }

  /** A fetch ends by itself, not by what becomes of a gate: its outcome is waited for where the host is asked whether it is quiet. */
  endsByItself(): void {
    this.#fetches.endsByItself();
  }

  /** The scenario itself is about to end this held request, by a deed of the gate's own. */
  letGo(gate: Gate): void {
    this.#fetches.letGo(gate, "ended");
  }

  /** Releases a response that the host need not take whole. Gives whether it did: false where it closed the connection before the last byte was sent. */
  pour(gate: Gate, reply: Partial<Reply>): Promise<boolean> {
    return this.#fetches.pour(gate, reply);
  }

  /** Ends a held request without a whole response: by a TCP reset, or in order after half of the body. */
  breakOff(gate: Gate, how: "reset" | "truncate"): Promise<void> {
    return this.#fetches.breakOff(gate, how);
  }

  /** Ends a call. Its fetches that are held are given up: the origin sees them closed. */
  cancel(call: Submitted, holding: readonly Gate[] = []): Promise<void> {
    return this.#fetches.givenUp(holding, () => this.#calls.cancel(call));
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
  givenUp(gates: readonly Gate[]): Promise<void> {
    return this.#fetches.givenUp(gates);
  }

  /** Moves the clock, in milliseconds since the epoch. Resolves when what fell due has run. */
  advance(to: number): Promise<void> {
    return advanceClock(this.#client, to);
  }

  /** Whether a call stands still at a point. */
  isParked(call: Submitted): boolean {
    return this.#calls.isParked(call);
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
  goOn(call: Submitted): Promise<void> {
    return this.#calls.goOn(call);
  }

  /** Makes the next commits of a call conflict that is submitted later, under the name that this gives. */
  failCommits(commits: number): Promise<string> {
    return this.#calls.failCommits(commits);
  }

  /** Waits until the host has taken every outcome released so far and nothing of the module can run. */
  quiet(): Promise<void> {
    return this.#fetches.quiet();
  }

  /** Stops the lane: what becomes ready waits in its queue until `resume`. */
  pause(): Promise<void> {
    return pauseLane(this.#client);
  }

  /** Runs one turn of the paused lane and tells which, or null where nothing is ready. */
  step(): Promise<Turn> {
    return stepLane(this.#client);
  }

  /** Lets the lane run what is ready. */
  resume(): Promise<void> {
    return resumeLane(this.#client);
  }

  /** Demands that no request came to these gates, once the host has nothing left that could send one. */
  neverArrived(gates: readonly Gate[]): Promise<void> {
    return this.#fetches.neverArrived(gates);
  }

  /** The call's result, however it ended. */
  result(call: Submitted): Promise<CallResult> {
    return this.#calls.result(call);
  }

  /** The value of a call that must succeed. */
  async returned<T>(call: Submitted): Promise<T> {
    return (await this.#calls.returned(call)) as T;
  }

  /** The same of a call that must succeed without further doing of the kit: a host that is quiet without its result has none to give. */
  async returnedMeanwhile<T>(call: Submitted): Promise<T> {
    await this.consequences([], [call]);
    return this.returned<T>(call);
  }

  /** The error of a call that must fail. */
  failed(call: Submitted): Promise<{ category: string; message: string; function: string }> {
    return this.#calls.failed(call);
  }

  /** The `seq` of the transactions that the call committed. */
  async seqs(call: Submitted): Promise<readonly number[]> {
    return (await this.result(call)).seqs;
  }

  /** The rows of a table, read from outside in one snapshot. */
  rows<Row>(table: string): Promise<(readonly [string, Row])[]> {
    return readRows(this.#client, table);
  }

  /** What the guests recorded, in commit order. Numbers that contradict a serial order are a violation. */
  recorded(): Promise<Recorded[]> {
    return readRecorded(this.#client);
  }

  /** The tokens that the guests recorded, in commit order. */
  async tokens(): Promise<string[]> {
    return (await this.recorded()).map((row) => row.token);
  }

  /** Waits for something that the host or the origin must bring about. */
  until<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.#client.until(promise, what);
  }

  #connection(connection: string): Connection {
    return new Connection(connection, (call, args, options) => this.#calls.submit(connection, call, args, options));
  }
}
