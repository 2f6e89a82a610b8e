/** Drives the JavaScript host over its standard input and output, and keeps what it writes. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readHosts } from "../../conformance/run/columns.ts";
import { Lines } from "../../hosts/js/protocol/lines.ts";

/**
 * What these tests are about: the JavaScript host on the runtime that `EVENLANE_TEST_RUNTIME` names (`deno` or `bun`), else on Node.
 */
export const runtime = process.env.EVENLANE_TEST_RUNTIME ?? "node";
const hosts = readHosts(fileURLToPath(new URL("../../build/hosts.json", import.meta.url)));

function commandOf(name: string): readonly [string, ...string[]] {
  const entry = hosts.find((host) => host.name === name);
  if (entry?.status !== "built") throw new Error(`build/hosts.json has no host ${name} that is built`);
  return entry.command as [string, ...string[]];
}

/** A JSON-RPC error that the host answered with. */
export class HostError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor({ code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** How a call ended. */
export type CallResult =
  | { outcome: "returned"; value: unknown; seqs: number[] }
  | { outcome: "failed"; error: { category: string; message: string; function: string }; seqs: number[] };

/** A line of the log. */
export interface LogLine {
  module: string;
  call: string | null;
  level: string;
  message: string;
}

/** A call that stands at a point. */
export interface Parked {
  module: string;
  call: string;
  point: string;
}

/** How a host is started. */
export interface HostOptions {
  clock?: { mode: "virtual"; now: number } | { mode: "real" };
  allow?: string[];
  /** Milliseconds of CPU time that one turn may take. */
  budget?: number;
}

/** A host in a process of its own. */
export class TestHost {
  readonly process: ChildProcess;
  /** Settles with the exit code, or with the signal that ended the process. */
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly logs: LogLine[] = [];
  readonly parkings: Parked[] = [];
  /** Notifications of subscriptions, in the order in which they came. */
  readonly changes: { subscription: string; seq: number; changes: [string, unknown][] }[] = [];
  stderr = "";
  readonly #answers = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #logWaits: { wanted: (line: LogLine) => boolean; resolve: (line: LogLine) => void }[] = [];
  readonly #parkWaits: { call: string; resolve: (parked: Parked) => void }[] = [];
  /** The bounds of every module that sets none of its own. */
  readonly #limits: object;
  readonly #folder = mkdtempSync(join(tmpdir(), "hosts-js-test-"));
  #lastId = 0;
  #lastCall = 0;

  constructor(budget?: number) {
    const env = { ...process.env, TMPDIR: this.#folder };
    this.#limits = budget === undefined ? {} : { turnMs: budget };
    const [program, ...first] = commandOf(runtime);
    this.process = spawn(program, first, { stdio: ["pipe", "pipe", "pipe"], env });
    this.exited = new Promise((resolve) => {
      this.process.on("exit", (code, signal) => resolve(code ?? (signal as NodeJS.Signals)));
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.process.stdin?.on("error", () => {});
    // Not `node:readline`: to it U+2028 ends a line as well.
    const lines = new Lines((line) => this.#frame(Buffer.from(line).toString()));
    this.process.stdout?.on("data", (chunk: Buffer) => lines.push(chunk));
    this.process.on("exit", () => {
      for (const { reject } of this.#answers.values()) reject(new Error(`the host ended\n${this.stderr}`));
    });
  }

  /** Starts a host and initializes it. */
  static async start({ clock = { mode: "real" }, allow = [], budget }: HostOptions = {}): Promise<TestHost> {
    const host = new TestHost(budget);
    await host.request("initialize", { protocol: 1, nonce: "n", seed: "seed", clock, allow });
    return host;
  }

  /** Folder that the host has for temporary files. */
  get folder(): string {
    return this.#folder;
  }

  /** Sends a request. */
  request<T = unknown>(method: string, params: object = {}): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<T>((resolve, reject) => {
      this.#answers.set(id, { resolve: resolve as (value: never) => void, reject });
    });
    // A test may end its host with requests pending.
    answer.catch(() => {});
    this.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answer;
  }

  /** Sends a line as it is. */
  send(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Waits for an answer without an id. */
  answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve: resolve as (value: never) => void, reject });
    });
  }

  /** Loads a guest from its source or bytes. */
  async load(guest: "ts" | "as", source: string | Uint8Array, limits = this.#limits): Promise<string> {
    const path = join(this.#folder, `guest-${createHash("sha256").update(source).digest("hex").slice(0, 16)}`);
    writeFileSync(path, source);
    const sha256 = createHash("sha256").update(source).digest("hex");
    const { module } = await this.request<{ module: string }>("module/load", { guest, path, sha256, limits });
    return module;
  }

  /** Loads a guest and opens the connection `k` (or another) to it. */
  async connect(guest: "ts" | "as", source: string | Uint8Array, connection = "k"): Promise<string> {
    const module = await this.load(guest, source);
    await this.request("connection/open", { module, connection });
    return module;
  }

  /** Submits a call. */
  call(name: string, args: object = {}, { connection = "k", call = "", park = false } = {}): Promise<CallResult> {
    this.#lastCall += 1;
    const parking = park ? { park } : {};
    return this.request("call", { call: call || `c${this.#lastCall}`, connection, function: name, args, ...parking });
  }

  /** Ends a call as cancelled. */
  cancel(call: string): Promise<unknown> {
    return this.request("call/cancel", { call });
  }

  /** Waits until that call stands at a point it has not been waited for at; gives the point's name. */
  async parked(call: string): Promise<string> {
    const at = this.parkings.findIndex((each) => each.call === call);
    if (at !== -1) return (this.parkings.splice(at, 1)[0] as Parked).point;
    const { point } = await new Promise<Parked>((resolve) => {
      this.#parkWaits.push({ call, resolve });
    });
    return point;
  }

  /** The value of a call, which must not fail. */
  async value<T = unknown>(name: string, args: object = {}): Promise<T> {
    const result = await this.call(name, args);
    if (result.outcome === "failed") throw new Error(`${name}: ${result.error.category}: ${result.error.message}`);
    return result.value as T;
  }

  /** Rows of a table. */
  async rows(module: string, table: string): Promise<[string, unknown][]> {
    return (await this.request<{ rows: [string, unknown][] }>("table/read", { module, table })).rows;
  }

  /** Waits for a line of the log, also one that has come already. */
  logged(wanted: (line: LogLine) => boolean): Promise<LogLine> {
    const found = this.logs.find(wanted);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      this.#logWaits.push({ wanted, resolve });
    });
  }

  /** Ends the host where it still runs, and removes its folder. */
  async stop(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #frame(line: string): void {
    const frame = JSON.parse(line);
    if (frame.method === "log") {
      this.logs.push(frame.params);
      for (const wait of this.#logWaits) if (wait.wanted(frame.params)) wait.resolve(frame.params);
      return;
    }
    if (frame.method === "table/changed") {
      this.changes.push(frame.params);
      return;
    }
    if (frame.method === "tx/parked") {
      const at = this.#parkWaits.findIndex(({ call }) => call === frame.params.call);
      if (at === -1) this.parkings.push(frame.params);
      else this.#parkWaits.splice(at, 1)[0]?.resolve(frame.params);
      return;
    }
    const answer = this.#answers.get(frame.id ?? 0);
    this.#answers.delete(frame.id ?? 0);
    if (frame.error !== undefined) answer?.reject(new HostError(frame.error));
    else answer?.resolve(frame.result as never);
  }
}
