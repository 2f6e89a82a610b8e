/** What can go wrong between the kit and a host: the host's own faults, and refusals, which are answers. */
import { type Frame, quoted } from "./frames.ts";
import type { CallError, ErrorCode, RequestError } from "./schemas.ts";

/**
 * What a host did wrong as a program, apart from any scenario: it could not be started, ended, wrote what is no message,
 * wrote a message that does not fit, broke the order of requests and answers, stayed silent, speaks another version, or
 * lied in the handshake.
 */
export type FaultKind = "spawn" | "exited" | "garbage" | "schema" | "protocol" | "silent" | "version" | "liar";

/** What surrounds a fault. */
export interface FaultContext {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The last frames in both directions, oldest first. */
  readonly frames: readonly Frame[];
  /** The end of the host's standard error. */
  readonly stderr: string;
}

/** Frames that `describe` shows. */
const shownFrames = 10;
/** Characters of each frame that `describe` shows. */
const shownCharacters = 400;
/** Lines of standard error that `describe` shows. */
const shownErrorLines = 40;

/** A host's fault: an `error` of its cell, never a `fail`. `message` is one sentence; `hint` says what to do. */
export class HostFault extends Error {
  override name = "HostFault";
  readonly kind: FaultKind;
  readonly command: readonly string[];
  readonly frames: readonly Frame[];
  readonly stderr: string;
  readonly hint: string;

  constructor(kind: FaultKind, message: string, hint: string, context: FaultContext) {
    super(message);
    this.kind = kind;
    this.hint = hint;
    this.command = context.command;
    this.frames = context.frames;
    this.stderr = context.stderr;
  }

  /** Everything that helps a person: the sentence, what to do, the command, the last frames and standard error. */
  describe(): string {
    const lines = [this.message, `  what to do: ${this.hint}`, `  command: ${this.command.map(shellWord).join(" ")}`];
    const last = this.frames.slice(-shownFrames);
    lines.push(last.length === 0 ? "  frames: none" : `  frames (the last ${last.length}):`);
    for (const { direction, text } of last) {
      lines.push(`    ${direction === "sent" ? "kit  →" : "host ←"} ${cut(text)}`);
    }
    const written = this.stderr.trimEnd();
    if (written === "") return [...lines, "  standard error: nothing"].join("\n");
    const errorLines = written.split("\n");
    lines.push(errorLines.length > shownErrorLines ? "  standard error (its end):" : "  standard error:");
    for (const line of errorLines.slice(-shownErrorLines)) lines.push(`    | ${cut(line)}`);
    return lines.join("\n");
  }
}

/** A request without an answer in the time that the kit was told to wait. The host runs on: the caller judges. */
export class HostSilent extends HostFault {
  override name = "HostSilent";
  /** The request that was not answered. */
  readonly method: string;
  /** Milliseconds that the kit waited. */
  readonly patience: number;

  constructor(method: string, patience: number, context: FaultContext) {
    super(
      "silent",
      `The host did not answer ${method} within ${patience} ms, nor anything else in that time.`,
      "See below where it stopped; where the machine is slow rather than the host stuck, allow more patience.",
      context,
    );
    this.method = method;
    this.patience = patience;
  }
}

/** A host's answer that it cannot take a request: legal, and for the scenario to judge. */
export class RequestRefused extends Error {
  override name = "RequestRefused";
  /** The refused request's method. */
  readonly method: string;
  /** Why, as a code of the protocol's table. */
  readonly code: ErrorCode;
  /** `reason` for a refused module, `error` for a refused connection, else undefined. */
  readonly data: { readonly reason: string } | { readonly error: CallError } | undefined;

  constructor(method: string, error: RequestError) {
    super(`The host refused ${method}: ${error.message} (${error.code})`);
    this.method = method;
    this.code = error.code;
    this.data = "data" in error ? error.data : undefined;
  }
}

function cut(text: string): string {
  const shown = quoted(text, shownCharacters);
  // The quotation marks of JSON frames would only be noise: they are printable unless `quoted` had to escape more.
  const plain = text.slice(0, shownCharacters).replace(/[\p{Cc}\u2028\u2029\ufeff]/gu, "");
  if (plain.length !== Math.min(text.length, shownCharacters)) return shown;
  return text.length > shownCharacters ? `${plain}… (${text.length} characters)` : plain;
}

function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : quoted(word, 400);
}
