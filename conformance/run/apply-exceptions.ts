import { type CitedException, type Exception, placeOf } from "./exception.ts";
import type { Cell } from "./verdict.ts";

const millisecondsOfDay = 86_400_000;

/** What exceptions make of the cells of a run. */
export interface Excepted {
  readonly cells: readonly Cell[];
  /** Each exception that matches nothing, as `file:line:column: what is wrong; what to do`. */
  readonly unmatched: readonly string[];
}

/**
 * Applies exceptions to the cells of a run; `today` is a date as `YYYY-MM-DD`. No two exceptions may speak of one cell. A cell that fails as its exception
 * says is `excepted`, one that the exception does not cover says why not, and one that passes all the same fails. What cannot be judged is left as it is.
 */
export function applyExceptions(cells: readonly Cell[], exceptions: readonly Exception[], today: string): Excepted {
  return {
    cells: cells.map((cell) => {
      const exception = exceptions.find((one) => speaksOf(one, cell));
      return exception === undefined ? cell : judged(cell, exception, today);
    }),
    unmatched: exceptions.flatMap((exception) => unmatched(exception, cells)),
  };
}

function speaksOf({ requirement, columns }: Exception, cell: Cell): boolean {
  return cell.requirement === requirement && columns.includes(labelOf(cell));
}

function labelOf({ host, guest }: Cell): string {
  return `${host}×${guest}`;
}

function judged(cell: Cell, exception: Exception, today: string): Cell {
  if (cell.verdict === "pass") return passing(cell, exception, today);
  if (cell.verdict === "fail" || cell.verdict === "stuck") return failing(cell, exception, today);
  return cell;
}

function passing(cell: Cell, exception: Exception, today: string): Cell {
  const expired = exception.expires < today;
  const exceptionOf = (refused?: string) => cited(exception, today, refused);
  if (exception.intermittent && !expired) return { ...cell, verdict: "intermittent", exception: exceptionOf() };
  const played = cell.scenarios.filter(({ verdict }) => verdict === "pass").length;
  const scenarios = played === 1 ? "its scenario passes" : `all ${played} scenarios that were played pass`;
  const when = expired ? `expired on ${exception.expires}` : `says that it fails as ${exception.codes.join(", ")}`;
  const others = exception.columns.length > 1 ? ", or let it name the columns that still fail" : "";
  const message = `the exception in ${placeOf(exception)} ${when}, and ${scenarios}: remove the exception${others}`;
  return { ...cell, verdict: "fail", reason: "unexpected-pass", message, exception: exceptionOf(message) };
}

function failing(cell: Cell, exception: Exception, today: string): Cell {
  const found = cell.scenarios.filter(({ verdict }) => verdict === "fail" || verdict === "stuck");
  const others = new Set(found.map(({ reason }) => reason ?? "").filter((code) => !exception.codes.includes(code)));
  const complaints = [
    ...(others.size === 0 ? [] : [`is for ${exception.codes.join(", ")}, not for ${[...others].join(", ")}`]),
    ...(exception.expires < today ? [`expired on ${exception.expires}`] : []),
  ];
  if (complaints.length === 0) {
    const verdict = exception.intermittent ? "intermittent" : "excepted";
    return { ...cell, verdict, exception: cited(exception, today) };
  }
  const refused = `the exception in ${placeOf(exception)} ${complaints.join(", and ")}`;
  return { ...cell, message: `${cell.message} (${refused})`, exception: cited(exception, today, refused) };
}

function cited(exception: Exception, today: string, refused?: string): CitedException {
  const { codes, reason, link, owner, expires, intermittent } = exception;
  return {
    at: placeOf(exception),
    codes: [...codes],
    reason,
    link,
    owner,
    expires,
    ...(intermittent && { intermittent }),
    daysLeft: (Date.parse(expires) - Date.parse(today)) / millisecondsOfDay,
    ...(refused !== undefined && { refused }),
  };
}

/** Told where none of an exception's cells can fail. One of them that the run left out might, so that nothing is said then. */
function unmatched(exception: Exception, cells: readonly Cell[]): string[] {
  const own = cells.filter((cell) => speaksOf(exception, cell));
  if (own.length < exception.columns.length || !own.every(cannotFail)) return [];
  const { file, line, column } = exception.at;
  const why = own.map((cell) => `${labelOf(cell)} is ${cell.verdict} (${cell.message ?? cell.reason ?? "no reason"})`);
  const what = `the exception of ${exception.requirement} matches nothing: ${why.join("; ")}`;
  return [`${file}:${line}:${column}: ${what}; remove it`];
}

function cannotFail({ verdict, reason }: Cell): boolean {
  if (verdict === "unmeasured") return reason !== "not-played";
  return verdict === "unsupported" || verdict === "not-built";
}
