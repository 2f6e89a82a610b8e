/** Requests and answers: numbers the requests, checks both directions, and hands each answer to the one who asked. */
import type { z } from "zod";
import { quoted } from "./frames.ts";
import { type FaultKind, type HostFault, type HostSilent, RequestRefused } from "./host-fault.ts";
import { isJson, json } from "./json.ts";
import {
  type ChangedNotification,
  errorCodes,
  failureSchema,
  type LogNotification,
  type Method,
  methods,
  notificationSchema,
  type ParamsOf,
  type ParkedNotification,
  type RequestError,
  type ResultOf,
  successSchema,
} from "./schemas.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** What an exchange needs of the host's process. */
export interface Line {
  /** Sends one line. */
  send(text: string): void;
  /** Makes a fault with what surrounds it now. */
  fault(kind: FaultKind, message: string, hint: string): HostFault;
  /** Makes the fault of an unanswered request. */
  silent(method: string): HostSilent;
  /** Takes a fault that no single request can answer for: the talk is over. */
  broken(fault: HostFault): void;
  /** Takes a log line. */
  log(log: LogNotification): void;
  /** Takes the news that a call stands still at a point. */
  parked(parked: ParkedNotification): void;
  /** Takes the news of what a commit changed. */
  changed(changed: ChangedNotification): void;
}

interface Pending {
  readonly method: string;
  readonly result: z.ZodType;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const knownCodes: ReadonlySet<unknown> = new Set(Object.values(errorCodes));
const blame =
  "This is the host's fault: correct the adapter so that the message fits the schema in schemas/host-protocol.";

/** The talk with one host. */
export class Exchange {
  readonly #line: Line;
  readonly #pending = new Map<number, Pending>();
  /** Requests that were given up; a late answer to one is no fault. */
  readonly #givenUp = new Set<number>();
  readonly #watch: SilenceWatch;
  #lastId = 0;
  #over: Error | undefined;

  /** @param patience milliseconds without an answer after which a request counts as unanswered. */
  constructor(line: Line, patience: number) {
    this.#line = line;
    this.#watch = new SilenceWatch(patience, (id) => {
      const pending = this.#pending.get(id)!;
      this.#pending.delete(id);
      this.#givenUp.add(id);
      pending.reject(line.silent(pending.method));
    });
  }

  /** Whether the talk has ended. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** Methods of the requests that wait for an answer, oldest first. */
  get waiting(): readonly string[] {
    return [...this.#pending.values()].map(({ method }) => method);
  }

  /** Sends a request; the line is written before this returns. */
  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const checked = methods[method].params.safeParse(params);
    if (!checked.success) {
      // The kit's own mistake, hence no HostFault.
      return Promise.reject(new TypeError(`The kit's own params of ${method} do not fit: ${explain(checked.error)}`));
    }
    return this.#send(method, params, methods[method].result) as Promise<ResultOf<M>>;
  }

  /** Sends a request that the protocol need not know, with any params; its result is checked only to be JSON. */
  probe(method: string, params: unknown): Promise<unknown> {
    if (isJson(params)) return this.#send(method, params, json);
    return Promise.reject(new TypeError(`The kit's own params of ${method} are not JSON.`));
  }

  /** Takes a line of the host. */
  receive(line: Buffer): void {
    if (this.#over) return;
    let text: string;
    try {
      text = decoder.decode(line);
    } catch {
      this.#garbage("is not UTF-8", line.toString("latin1"));
      return;
    }
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      const how = text.startsWith("\ufeff") ? "begins with a byte order mark" : "is not JSON";
      this.#garbage(how, text);
      return;
    }
    this.#take(frame);
  }

  /** Ends the talk: rejects what waits, and every later request, with `error`. */
  end(error: Error): void {
    if (this.#over) return;
    this.#over = error;
    this.#watch.stop();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #send(method: string, params: unknown, result: z.ZodType): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#over);
    const id = ++this.#lastId;
    const answered = new Promise((resolve, reject) => {
      this.#pending.set(id, { method, result, resolve, reject });
    });
    this.#watch.asked(id);
    this.#line.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answered;
  }

  #take(frame: unknown): void {
    if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
      this.#break("schema", "The host sent a line that is no JSON-RPC object.", blame);
    } else if ("method" in frame) {
      this.#takeNotification(frame);
    } else {
      this.#takeAnswer(frame as { id?: unknown; error?: unknown });
    }
  }

  #takeNotification(frame: object & { method: unknown }): void {
    if ("id" in frame) {
      this.#break(
        "protocol",
        `The host sent a request (${shown(frame.method)}); only the kit does.`,
        "Send a notification.",
      );
    } else if (frame.method !== "log" && frame.method !== "tx/parked" && frame.method !== "table/changed") {
      const hint =
        "The protocol's notifications are log, tx/parked and table/changed; write anything else to standard error.";
      this.#break(
        "protocol",
        `The host sent a notification ${shown(frame.method)}, which the protocol does not know.`,
        hint,
      );
    } else {
      const read = notificationSchema.safeParse(frame);
      if (!read.success) {
        this.#break(
          "schema",
          `A ${frame.method} notification of the host does not fit the protocol: ${explain(read.error)}.`,
          blame,
        );
      } else if (read.data.method === "log") this.#line.log(read.data.params);
      else if (read.data.method === "tx/parked") this.#line.parked(read.data.params);
      else this.#line.changed(read.data.params);
    }
  }

  #takeAnswer(frame: { id?: unknown; error?: unknown }): void {
    const { id } = frame;
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (pending) {
      this.#pending.delete(id as number);
      this.#watch.answered(id as number);
      this.#settle(pending, frame);
      return;
    }
    if (typeof id === "number" && this.#givenUp.delete(id)) {
      this.#watch.answered(id);
      return;
    }
    this.#break(...this.#strayAnswer(frame));
  }

  #strayAnswer(frame: { id?: unknown; error?: unknown }): [FaultKind, string, string] {
    const { id } = frame;
    if (id === null) {
      const read = failureSchema.safeParse(frame);
      if (!read.success)
        return ["schema", `An answer of the host with id null does not fit: ${explain(read.error)}.`, blame];
      const hint = "The frames below hold what the kit sent: it is one JSON object a line.";
      return [
        "protocol",
        `The host could not read a request: ${read.data.error.message} (${read.data.error.code}).`,
        hint,
      ];
    }
    const read = successSchema.shape.id.safeParse(id);
    if (!read.success)
      return ["schema", `An answer of the host does not fit the protocol: id: ${explain(read.error)}.`, blame];
    if (read.data > this.#lastId) {
      return [
        "protocol",
        `The host answered request ${id}, which the kit never sent.`,
        "Answer with the id of the request.",
      ];
    }
    return ["protocol", `The host answered request ${id} twice.`, "Answer each request once."];
  }

  /** A malformed answer to a known request is that request's affair alone. */
  #settle(pending: Pending, frame: { error?: unknown }): void {
    const { method } = pending;
    if ("error" in frame && !("result" in frame)) {
      const code = (frame.error as { code?: unknown } | null)?.code;
      if (typeof code === "number" && !knownCodes.has(code)) {
        const hint =
          "Use a code of the table in the protocol's chapter “Errors of a request”; a failed call is a result, no error.";
        pending.reject(
          this.#line.fault(
            "protocol",
            `The host refused ${method} with error ${code}, which the protocol does not know.`,
            hint,
          ),
        );
        return;
      }
    }
    const schema = "error" in frame ? failureSchema : successSchema.extend({ result: pending.result });
    const read = schema.safeParse(frame);
    if (!read.success) {
      pending.reject(
        this.#line.fault(
          "schema",
          `The host's answer to ${method} does not fit the protocol: ${explain(read.error)}.`,
          blame,
        ),
      );
    } else if ("error" in read.data) {
      pending.reject(new RequestRefused(method, read.data.error as RequestError));
    } else {
      pending.resolve(read.data.result);
    }
  }

  #garbage(how: string, text: string): void {
    const hint = "Standard output belongs to the protocol: write anything else to standard error.";
    this.#break("garbage", `The host wrote a line that ${how}: ${quoted(text)}.`, hint);
  }

  #break(kind: FaultKind, message: string, hint: string): void {
    this.#line.broken(this.#line.fault(kind, message, hint));
  }
}

/** The first things that do not fit: where, and what was expected. */
export function explain(error: z.ZodError): string {
  const told = error.issues.slice(0, 3).map(({ path, message }) => {
    const where = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return where === "" ? message : `${where.replace(/^\./, "")}: ${message}`;
  });
  const more = error.issues.length - told.length;
  return more > 0 ? `${told.join("; ")}; and ${more} more` : told.join("; ");
}

function shown(value: unknown): string {
  return quoted(typeof value === "string" ? value : JSON.stringify(value), 100);
}
