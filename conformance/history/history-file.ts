/** Histories as files: JSON lines, a header and then one event a line, each in the form of RFC 8785. */
import type { z } from "zod";
import type { EventDetail } from "../origin/events.ts";
import { readText, TextFileError, writeText } from "../run/text-file.ts";
import { canonicalJson } from "./canonical-json.ts";
import { eventSchema, type HistoryHeader, headerSchema } from "./event-schema.ts";
import type { HistoryEvent } from "./history.ts";

/** A history with what is known of how it came about. */
export interface RecordedHistory {
  readonly header: HistoryHeader;
  readonly events: readonly HistoryEvent[];
}

/** A history file that cannot be read: `line` counts from 1, `field` is a path such as `result.seqs.0`, empty where the whole line is meant. */
export class HistoryFileError extends TextFileError {
  override name = "HistoryFileError";
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
  writeText(file, "the history", historyText(history));
}

/** Reads a history file. Throws `HistoryFileError` where a line does not fit, `KitError` where there is no such file. */
export function readHistory(file: string): RecordedHistory {
  return parseHistory(readText(file, "a history file"), file);
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
