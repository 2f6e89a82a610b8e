import { parseEDNString } from "edn-data";
import type { z } from "zod";
import { HistoryFileError } from "../history-file.ts";
import { type Form, forms } from "./forms.ts";
import { type Operation, operationSchema } from "./operation.ts";

/** The two notations of Jepsen histories. */
type Notation = "json" | "edn";

/**
 * Reads a history in Jepsen's format: JSON or EDN (told apart by the first operation), operations one after another or in one list. Only
 * transactions are given: operations of other functions and of processes that are no clients are left out. `file` names the
 * text in errors. Throws HistoryFileError.
 */
export function parseOperations(file: string, text: string): Operation[] {
  const all = forms(file, text);
  const notation = notationOf(all);
  return all
    .flatMap((form) => {
      const operation = operationOf(file, form, notation);
      return operation === undefined ? [] : [operation];
    })
    .map((operation, index) => ({ ...operation, index: operation.index < 0 ? index : operation.index }));
}

/** JSON objects begin with a text in quotation marks, maps of EDN with a keyword, and records with a tag. */
function notationOf([first]: readonly Form[]): Notation {
  return first === undefined || /^\{\s*("|\})/.test(first.text) ? "json" : "edn";
}

function operationOf(file: string, { text, line }: Form, notation: Notation): Operation | undefined {
  const { data, error } = operationSchema.safeParse(parsed(file, { text, line }, notation));
  if (error !== undefined) {
    const [issue] = error.issues;
    throw new HistoryFileError(file, line, fieldOf(issue!), messageOf(issue!));
  }
  const { type, process, f, value, index } = data;
  if ((f ?? "txn") !== "txn" || typeof process !== "number") return undefined;
  return { type, process, f: "txn", value: value ?? [], index: index ?? -1 };
}

function parsed(file: string, { text, line }: Form, notation: Notation): unknown {
  try {
    if (notation === "json") return JSON.parse(text);
    const value = parseEDNString(text, {
      mapAs: "object",
      keywordAs: "string",
      symbolAs: "string",
      listAs: "array",
      setAs: "array",
      charAs: "string",
    });
    return withoutTag(value);
  } catch (error) {
    throw new HistoryFileError(file, line, "", `this is no ${notation.toUpperCase()}: ${(error as Error).message}`);
  }
}

/** Jepsen writes operations as tagged records: what counts is the map. */
function withoutTag(value: unknown): unknown {
  return typeof value === "object" && value !== null && "tag" in value && "val" in value ? value.val : value;
}

/** Where in the operation an issue lies, such as `value[0]`. */
function fieldOf({ path }: z.core.$ZodIssue): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

function messageOf({ code, path, message }: z.core.$ZodIssue): string {
  return code === "invalid_union" && path[0] === "value"
    ? 'a micro-operation is ["append", key, element], ["w", key, value] or ["r", key, value], where a key is a whole number or a text'
    : message;
}
