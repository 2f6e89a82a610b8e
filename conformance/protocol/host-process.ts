/** A running host: started, greeted, asked, and ended without a trace. */
import { randomBytes } from "node:crypto";
import { Exchange, explain } from "./exchange.ts";
import { type Frame, FrameLog, quoted, Tail } from "./frames.ts";
import { type ExitReport, HostChild, type HostCommand, SpawnProblem } from "./host-child.ts";
import { type FaultKind, HostFault, HostSilent, RequestRefused } from "./host-fault.ts";
import {
  type CallParams,
  type CallResult,
  type ChangedNotification,
  errorCodes,
  type InitializeResult,
  type LogNotification,
  type Method,
  methods,
  type ParamsOf,
  type ParkedNotification,
  protocolVersion,
  type ResultOf,
} from "./schemas.ts";

export type { Frame } from "./frames.ts";
export type { ExitReport, HostCommand } from "./host-child.ts";
export { type FaultKind, HostFault, HostSilent, RequestRefused } from "./host-fault.ts";
export { installSignalHandlers, killAllHosts } from "./process-group.ts";

/** How to run a host. */
export interface StartOptions {
  /** Seed of everything random in the run. */
  readonly seed: string;
  /** The clock that guests see, in milliseconds since the Unix epoch. */
  readonly clock: { readonly mode: "virtual"; readonly now: number } | { readonly mode: "real" };
  /** `host:port` pairs that guests may reach although the address is special. */
  readonly allow: readonly string[];
  /** Milliseconds without any answer before a request counts as unanswered: it yields `HostSilent`, never a verdict by itself. */
  readonly patience: number;
  /** Milliseconds that each step of an ending may take (input closed, SIGTERM, SIGKILL); 2,000 where absent. */
  readonly grace?: number;
  /** Kills the host when aborted; what waits is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A running host. */
export class HostProcess {
  readonly command: HostCommand;
  /** Seed of everything random in the run. */
  readonly seed: string;
  #info!: InitializeResult;
  #child!: HostChild;
  readonly #exchange: Exchange;
  readonly #frames = new FrameLog();
  readonly #errors = new Tail();
  readonly #listeners = new Set<(log: LogNotification) => void>();
  readonly #parkedListeners = new Set<(parked: ParkedNotification) => void>();
  readonly #changedListeners = new Set<(changed: ChangedNotification) => void>();
  /** Why an end is no surprise: the error that late requests get. */
  #ending: (() => Error) | undefined;
  #stopped: Promise<ExitReport> | undefined;

  /**
   * Starts a program in its own process group, greets it and probes it for lies.
   * @throws HostFault; nothing of the program is left then
   */
  static async start(command: HostCommand, options: StartOptions): Promise<HostProcess> {
    options.signal?.throwIfAborted();
    const host = new HostProcess(command, options);
    await host.#spawn(options.grace ?? 2000);
    const abort = (): void => host.#abort(options.signal?.reason);
    options.signal?.addEventListener("abort", abort, { once: true });
    if (options.signal?.aborted) abort();
    void host.exited.then(() => options.signal?.removeEventListener("abort", abort));
    try {
      host.#info = await host.#greet(options);
      return host;
    } catch (error) {
      await host.kill();
      throw error;
    }
  }

  private constructor(command: HostCommand, { seed, patience }: StartOptions) {
    this.command = command;
    this.seed = seed;
    this.#exchange = new Exchange(
      {
        send: (text) => {
          this.#frames.add("sent", text);
          this.#child.write(text);
        },
        fault: (kind, message, hint) => this.fault(kind, message, hint),
        silent: (method) => new HostSilent(method, patience, this.#context()),
        broken: (fault) => this.#break(fault),
        log: (log) => {
          for (const listener of this.#listeners) listener(log);
        },
        parked: (parked) => {
          for (const listener of this.#parkedListeners) listener(parked);
        },
        changed: (changed) => {
          for (const listener of this.#changedListeners) listener(changed);
        },
      },
      patience,
    );
  }

  /** What the host said of itself. */
  get info(): InitializeResult {
    return this.#info;
  }

  /** Id of the host's process, which leads a process group of the same number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether requests can still be answered: the host has not ended, nor broken off the talk by a fault. */
  get alive(): boolean {
    return !this.#exchange.over;
  }

  /** Resolves when nothing of the host is left, however it ended; never rejects. */
  get exited(): Promise<ExitReport> {
    return this.#child.exited;
  }

  /** Sends the requests that `ask` makes in one piece, so that they meet in the host however busy the machine is. */
  together<T>(ask: () => T): T {
    return this.#child.together(ask);
  }

  /** The last frames in both directions, oldest first; long ones are cut. */
  get frames(): readonly Frame[] {
    return this.#frames.list();
  }

  /** The last 64 KiB of the host's standard error. */
  get stderr(): string {
    return this.#errors.text();
  }

  /**
   * Sends a request. The line is written before this returns: requests are submitted in the order of the calls.
   * @throws RequestRefused where the host refuses it; HostSilent where nothing answers; HostFault where the host is at
   *   fault; TypeError where the params do not fit the protocol, which is the caller's mistake.
   */
  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return this.#exchange.request(method, params);
  }

  /** Submits a call; answered when it ends. Fails as `request` does. */
  call(params: CallParams): Promise<CallResult> {
    return this.request("call", params);
  }

  /** Sends a request that need not fit the protocol, to see what the host makes of it. Fails as `request` does. */
  probe(method: string, params: unknown): Promise<unknown> {
    return this.#exchange.probe(method, params);
  }

  /** Calls `listener` with each log line from now on; returns what ends that. */
  onLog(listener: (log: LogNotification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with each call that stops at a point from now on; returns what ends that. */
  onParked(listener: (parked: ParkedNotification) => void): () => void {
    this.#parkedListeners.add(listener);
    return () => this.#parkedListeners.delete(listener);
  }

  /** Calls `listener` with what each commit changed in a table that is subscribed to, from now on; returns what ends that. */
  onChanged(listener: (changed: ChangedNotification) => void): () => void {
    this.#changedListeners.add(listener);
    return () => this.#changedListeners.delete(listener);
  }

  /**
   * Ends the host: `shutdown`, end of input, SIGTERM, SIGKILL, each given its bounded time, the signals to the whole
   * process group. Resolves when nothing is left.
   */
  stop(): Promise<ExitReport> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Kills the whole process group. Resolves when nothing is left. */
  async kill(): Promise<void> {
    this.#ending ??= () => this.fault("exited", "The kit has killed the host.", "Start another one.");
    await this.#child.kill();
  }

  /** Makes a fault of this host: one sentence, what to do, and what surrounds it now. */
  fault(kind: FaultKind, message: string, hint: string): HostFault {
    return new HostFault(kind, message, hint, this.#context());
  }

  async #spawn(grace: number): Promise<void> {
    try {
      this.#child = await HostChild.start(this.command, grace, {
        line: (line) => {
          this.#frames.add("received", line.toString("utf8"));
          this.#exchange.receive(line);
        },
        tooLong: (message) => {
          this.#break(this.fault("garbage", `The host wrote ${message}.`, "Split the value, or write line ends."));
        },
        stderr: (chunk) => this.#errors.add(chunk),
        deaf: (which) => {
          const hint = "Standard input and output belong to the protocol for as long as the host lives.";
          this.#break(this.fault("protocol", `The host closed its standard ${which} and lived on.`, hint));
        },
        ended: (report, rest) => this.#ended(report, rest),
      });
    } catch (error) {
      if (!(error instanceof SpawnProblem)) throw error;
      throw this.fault("spawn", `The host ${this.command.name} could not be started: ${error.message}.`, error.hint);
    }
  }

  async #greet({ seed, clock, allow }: StartOptions): Promise<InitializeResult> {
    const nonce = randomBytes(16).toString("hex");
    const info = await this.#initialize({ protocol: protocolVersion, nonce, seed, clock, allow: [...allow] });
    if (info.nonce !== nonce) {
      const hint = "Echo the nonce of initialize: it shows that the answers are made for this run.";
      throw this.fault("liar", `The host echoed the nonce ${quoted(info.nonce)} instead of ${quoted(nonce)}.`, hint);
    }
    await this.#probeForLies(`no-such-method/${nonce}`);
    return info;
  }

  async #initialize(params: ParamsOf<"initialize">): Promise<InitializeResult> {
    let answer: unknown;
    try {
      // Not by `request`: another version of the protocol may give a result of another shape, and should be named.
      answer = await this.#exchange.probe("initialize", params);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      throw this.fault(
        "protocol",
        `${error.message}.`,
        "A host must take the initialize request as the frames below show it.",
      );
    }
    const version = (answer as { protocol?: unknown } | null)?.protocol;
    if (typeof version === "number" && version !== protocolVersion) {
      const hint = `Update the host to version ${protocolVersion}, or use a kit of the host's version.`;
      throw this.fault(
        "version",
        `The host speaks version ${version} of the protocol, the kit ${protocolVersion}.`,
        hint,
      );
    }
    const read = methods.initialize.result.safeParse(answer);
    if (read.success) return read.data;
    const hint = "Correct the adapter so that the message fits schemas/host-protocol/initialize.result.json.";
    throw this.fault(
      "schema",
      `The host's answer to initialize does not fit the protocol: result: ${explain(read.error)}.`,
      hint,
    );
  }

  async #probeForLies(method: string): Promise<void> {
    const hint = `Answer a method that the host does not know by error ${errorCodes.unknownMethod}.`;
    try {
      await this.#exchange.probe(method, {});
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (error.code === errorCodes.unknownMethod) return;
      throw this.fault(
        "liar",
        `The host refused an unknown method by ${error.code}, not ${errorCodes.unknownMethod}.`,
        hint,
      );
    }
    throw this.fault("liar", "The host gave a result for a method that does not exist.", hint);
  }

  async #stop(): Promise<ExitReport> {
    const asked = this.#exchange.request("shutdown", {});
    this.#ending ??= () => this.fault("exited", "The kit has stopped the host.", "Start another one.");
    try {
      await asked;
    } catch {
      // Refused, unanswered or gone: the steps that follow end it all the same, and the report says by what.
    }
    this.#child.endInput();
    return (await this.#child.endsInTime()) ? this.exited : this.#child.terminate();
  }

  #abort(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error("The run was aborted.", { cause: reason });
    this.#exchange.end(error);
    void this.kill();
  }

  #break(fault: HostFault): void {
    if (this.#stopped) return;
    this.#exchange.end(fault);
    void this.kill();
  }

  #ended(report: ExitReport, rest: Buffer): void {
    if (rest.length > 0) this.#frames.add("received", rest.toString("utf8"));
    const { waiting } = this.#exchange;
    if (this.#ending && waiting.length === 0) {
      this.#exchange.end(this.#ending());
      return;
    }
    const how = report.signal === null ? `ended with exit code ${report.code}` : `was ended by ${report.signal}`;
    const open = waiting.length === 0 ? "" : ` with ${tally(waiting)} unanswered`;
    const partial = rest.length === 0 ? "" : ` in the middle of a line: ${quoted(rest.toString("utf8"))}`;
    const whose = this.#ending && report.endedBy !== "itself" ? " by the kit" : "";
    const hint = "Standard error below may say why; run the command by hand to see more.";
    this.#exchange.end(this.fault("exited", `The host ${how}${whose}${open}${partial}.`, hint));
  }

  #context() {
    return { command: this.command.command, frames: this.frames, stderr: this.stderr };
  }
}

/** "2 call, 1 quiesce" */
function tally(methods: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const method of methods) counts.set(method, (counts.get(method) ?? 0) + 1);
  return [...counts].map(([method, count]) => `${count} ${method}`).join(", ");
}
