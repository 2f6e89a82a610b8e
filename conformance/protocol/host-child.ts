/** A host as a child process: its start, its three streams, and its end, of which nothing remains. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { LineSplitter } from "./lines.ts";
import { forgetGroup, membersOf, rememberGroup, signalGroup, untilEmpty } from "./process-group.ts";

/** How to start a host. */
export interface HostCommand {
  /** The host's name, for people. */
  readonly name: string;
  /** The program and its arguments; no shell is involved. */
  readonly command: readonly string[];
  /** Working folder; the kit's own where absent. */
  readonly cwd?: string;
  /** Environment variables beside the kit's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a host ended. */
export interface ExitReport {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, else null. */
  readonly signal: NodeJS.Signals | null;
  /** Whether it ended by itself (also when asked to by `shutdown`) or was ended by the kit's signal. */
  readonly endedBy: "itself" | "SIGTERM" | "SIGKILL";
  /** Processes of its group that it left behind, which the kit then killed. */
  readonly leftBehind: readonly number[];
  /** Processes of its group that even SIGKILL did not end in time: a fault of the machine. */
  readonly unkillable: readonly number[];
}

/** What a child tells. */
export interface ChildListener {
  /** A whole line of standard output, without its line feed. */
  line(line: Buffer): void;
  /** A line of standard output passed the limit. */
  tooLong(message: string): void;
  /** Bytes of standard error. */
  stderr(chunk: Buffer): void;
  /** It closed its standard input or output, and lives on. */
  deaf(which: "input" | "output"): void;
  /** It has ended and all its output was handed over; `rest` is a last line without an end. */
  ended(report: ExitReport, rest: Buffer): void;
}

/** A program that could not be started. */
export class SpawnProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A host's process. */
export class HostChild {
  readonly pid: number;
  /** Resolves when nothing of the host is left. */
  readonly exited: Promise<ExitReport>;
  readonly #child: Child;
  readonly #grace: number;
  readonly #listener: ChildListener;
  readonly #lines = new LineSplitter();
  #sent: "itself" | "SIGTERM" | "SIGKILL" = "itself";
  #gone = false;

  /**
   * Starts a program as the leader of a new process group.
   * @param grace milliseconds that each step of an ending may take.
   * @throws SpawnProblem
   */
  static async start(command: HostCommand, grace: number, listener: ChildListener): Promise<HostChild> {
    const [program, ...args] = command.command;
    if (!program) throw new SpawnProblem("its command is empty", "Name a program in the host's command.");
    try {
      const child = spawn(program, args, {
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        env: { ...process.env, ...command.env },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
      });
      if (child.pid !== undefined) return new HostChild(child, child.pid, grace, listener);
      throw await new Promise((resolve) => child.once("error", resolve));
    } catch (error) {
      throw spawnProblem(error as NodeJS.ErrnoException, program, command.cwd);
    }
  }

  private constructor(child: Child, pid: number, grace: number, listener: ChildListener) {
    this.#child = child;
    this.pid = pid;
    this.#grace = grace;
    this.#listener = listener;
    rememberGroup(pid);
    child.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    child.stderr.on("data", (chunk: Buffer) => listener.stderr(chunk));
    child.stdout.on("end", () => this.#closed("output"));
    // A pipe that the host closed: its end, which follows, tells more.
    child.stdin.on("error", () => this.#closed("input"));
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        void this.#finish(code, signal).then(resolve);
      });
    });
  }

  /** Writes one line. */
  write(text: string): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${text}\n`);
  }

  /** Sends all lines that `write` writes in one piece. */
  together<T>(write: () => T): T {
    this.#child.stdin.cork();
    try {
      return write();
    } finally {
      this.#child.stdin.uncork();
    }
  }

  /** Ends the host's standard input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /** Waits for the end, as long as a step of an ending may take; whether it has come. */
  async endsInTime(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), this.#grace);
    });
    const ended = await Promise.race([this.exited.then(() => true), bound]);
    clearTimeout(timer);
    return ended;
  }

  /** Asks the whole group to end, then kills it. */
  async terminate(): Promise<ExitReport> {
    this.#signal("SIGTERM");
    if (!(await this.endsInTime())) this.#signal("SIGKILL");
    return this.exited;
  }

  /** Kills the whole group. */
  kill(): Promise<ExitReport> {
    this.#signal("SIGKILL");
    return this.exited;
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    // After the leader's end its number may belong to another: `#finish` has ended the rest by then.
    if (this.#gone) return;
    this.#sent = signal;
    signalGroup(this.pid, signal);
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#listener.line(line);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#listener.tooLong(error.message);
    }
  }

  /** A closed pipe is nearly always the first sign of the end: only where none follows it is worth a word. */
  #closed(which: "input" | "output"): void {
    void this.endsInTime().then((ended) => {
      if (!ended && !this.#gone) this.#listener.deaf(which);
    });
  }

  async #finish(code: number | null, signal: NodeJS.Signals | null): Promise<ExitReport> {
    const leftBehind = membersOf(this.pid);
    if (leftBehind.length > 0) signalGroup(this.pid, "SIGKILL");
    this.#gone = true;
    const unkillable = await untilEmpty(this.pid, this.#grace);
    forgetGroup(this.pid);
    await this.#drain();
    const report = {
      code,
      signal,
      endedBy: signal === this.#sent ? this.#sent : "itself",
      leftBehind,
      unkillable,
    } as const;
    this.#listener.ended(report, this.#lines.rest());
    return report;
  }

  /** Reads what is left in the pipes. A program that left the group may hold them open: not for longer than the grace. */
  async #drain(): Promise<void> {
    const { stdout, stderr } = this.#child;
    const streams = [stdout, stderr].filter((stream) => !stream.closed);
    const closed = Promise.all(streams.map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    const timer = setTimeout(() => {
      for (const stream of streams) stream.destroy();
    }, this.#grace);
    await closed;
    clearTimeout(timer);
  }
}

function spawnProblem(error: NodeJS.ErrnoException, program: string, cwd: string | undefined): SpawnProblem {
  if (cwd !== undefined && !isFolder(cwd)) {
    return new SpawnProblem(`its working folder ${cwd} is not there`, "Correct the host's working folder.");
  }
  switch (error.code) {
    case "ENOENT":
      return isFile(program)
        ? new SpawnProblem(
            `the interpreter that ${program} names in its first line is not there (ENOENT)`,
            "Install it.",
          )
        : new SpawnProblem(
            `there is no program ${program} (ENOENT: no such file)`,
            "Build or install the host, or correct its command; a name without a slash is looked up in PATH.",
          );
    case "EACCES":
      return new SpawnProblem(
        `${program} may not be executed (EACCES: permission denied)`,
        "Make it executable (chmod +x), or start it by its interpreter.",
      );
    case "ENOEXEC":
      return new SpawnProblem(
        `${program} is no program of this machine (ENOEXEC: exec format error)`,
        "Build it for this machine, or start it by its interpreter.",
      );
    case "EMFILE":
    case "ENFILE":
      return new SpawnProblem(
        `too many files are open (${error.code})`,
        "Raise the limit (ulimit -n) or run fewer hosts at once.",
      );
    case "EAGAIN":
    case "ENOMEM":
      return new SpawnProblem(
        `the system has no room for another process (${error.code})`,
        "Run fewer hosts at once, or raise the limit of processes.",
      );
    case "E2BIG":
      return new SpawnProblem(
        "its arguments and environment are too long (E2BIG)",
        "Shorten the host's command or environment.",
      );
    default:
      return new SpawnProblem(error.message, "Correct the host's command.");
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
