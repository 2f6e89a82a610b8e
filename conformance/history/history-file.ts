/** Histories as files: JSON lines, a header and then one event a line, each in the form of RFC 8785. */
import { readFileSync, writeFileSync } from "node:fs";
import type { z } from "zod";
import type { EventDetail } from "../origin/events.ts";
import { KitError } from "../run/kit-error.ts";
import { canonicalJson } from "./canonical-json.ts";
import { eventSchema, type HistoryHeader, headerSchema } from "./event-schema.ts";
import type { HistoryEvent } from "./history.ts";

/** A history with what is known of how it came about. */
export interface RecordedHistory {
  readonly header: HistoryHeader;
  readonly events: readonly HistoryEvent[];
}

/** A history file that cannot be read: `line` counts from 1, `field` is a path such as `result.seqs.0`, empty where the whole line is meant. */
export class HistoryFileError extends KitError {
  override name = "HistoryFileError";
  readonly file: string;
  readonly line: number;
  readonly field: string;

  constructor(file: string, line: number, field: string, complaint: string) {
    super(`${file}:${line}: ${field === "" ? "" : `field ${field}: `}${complaint}`);
    this.file = file;
    this.line = line;
    this.field = field;
  }
}

/** The text of a history file. */
export function historyText({ header, events }: RecordedHistory): string {
  return `${[header, ...events.map(asWritten)].map(canonicalJson).join("\n")}\n`;
}

/** The event without its place in the origin's log, which an event of the origin carries in memory. */
function asWritten(event: HistoryEvent): HistoryEvent {
  if (event.kind !== "origin") return event;
  const { index: _, ...detail } = event.event as EventDetail & { readonly index?: number };
  return { kind: "origin", event: detail as EventDetail };
}

/** Writes a history file. Throws `KitError` where the file cannot be written. */
export function writeHistory(file: string, history: RecordedHistory): void {
  try {
    writeFileSync(file, historyText(history));
  } catch (error) {
    throw new KitError(`the history cannot be written to ${file}: ${(error as Error).message}`);
  }
}

/** Reads a history file. Throws `HistoryFileError` where a line does not fit, `KitError` where there is no such file. */
export function readHistory(file: string): RecordedHistory {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new KitError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): give a history file`);
  }
  return parseHistory(text, file);
}

/** Reads a history from text; `file` stands in the errors. Throws `HistoryFileError`. */
export function parseHistory(text: string, file: string): RecordedHistory {
  const lines = text.split("\n");
  // The last line ends with a line feed as every other does.
  if (lines.at(-1) === "") lines.pop();
  const [first, ...rest] = lines;
  if (first === undefined) throw new HistoryFileError(file, 1, "", "it is empty; a history begins with a header");
  const header = parseLine(first, headerSchema, file, 1);
  return { header, events: rest.map((line, index) => parseLine(line, eventSchema, file, index + 2)) };
}

function parseLine<T>(line: string, schema: z.ZodType<T>, file: string, number: number): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new HistoryFileError(file, number, "", `it is not JSON (${(error as Error).message})`);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new HistoryFileError(file, number, path.join("."), message);
}
