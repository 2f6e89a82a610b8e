/** Reads files of exceptions, and tells every mistake in them at once. */
import type { z } from "zod";
import { columnsNamed } from "./columns.ts";
import { type Exception, placeOf } from "./exception.ts";
import { exceptionFileSchema, exceptionSchema, type Known, unknownKey } from "./exception-schema.ts";
import { KitError } from "./kit-error.ts";
import { readText } from "./text-file.ts";
import { type Mistake, type PlacedYaml, parseYaml } from "./yaml-file.ts";

/** Reads files of exceptions. Throws `KitError` that tells each mistake in any of them as `file:line:column: what is wrong; what to do`. */
export function readExceptions(files: readonly string[], known: Known): Exception[] {
  const texts = files.map((file) => ({ file, text: readText(file, "a file of exceptions") }));
  return parseExceptions(texts, known);
}

/** Reads exceptions from the texts of files. Throws `KitError`, as `readExceptions` does. */
export function parseExceptions(
  texts: readonly { readonly file: string; readonly text: string }[],
  known: Known,
): Exception[] {
  const parsed = texts.map(({ file, text }) => parseText(text, file, known));
  const read = parsed.flatMap((one) => one.exceptions);
  const mistakes = [...parsed.flatMap((one) => one.mistakes), ...repeated(read)];
  if (mistakes.length === 0) return read.filter(isWhole);
  const files = texts.map(({ file }) => file);
  const lines = mistakes
    .toSorted(
      ({ at: a }, { at: b }) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
    )
    .map(({ at, what }) => `${at.file}:${at.line}:${at.column}: ${what}`);
  const count = lines.length === 1 ? "a mistake" : `${lines.length} mistakes`;
  throw new KitError([`nothing was run, for ${count} in the exceptions:`, ...lines].join("\n"));
}

/** An exception whose cells are known; what else is wrong with it has been told where a field is not there. */
type Sketch = Pick<Exception, "at" | "requirement" | "columns"> & Partial<Exception>;

function isWhole(sketch: Sketch): sketch is Exception {
  return sketch.codes !== undefined;
}

interface Parsed {
  readonly exceptions: readonly Sketch[];
  readonly mistakes: readonly Mistake[];
}

function parseText(text: string, file: string, known: Known): Parsed {
  const yaml = parseYaml(text, file);
  if ("mistakes" in yaml) return { exceptions: [], mistakes: yaml.mistakes };
  const whole = exceptionFileSchema.safeParse(yaml.value);
  const mistakes = mistakesOf(whole.error, [], yaml, Object.keys(exceptionFileSchema.shape));
  const entries = (yaml.value as { readonly exceptions?: unknown } | null)?.exceptions;
  const parsed = (Array.isArray(entries) ? entries : []).map((entry, index) => parseEntry(entry, index, yaml, known));
  return {
    exceptions: parsed.flatMap(({ exceptions }) => exceptions),
    mistakes: [...mistakes, ...parsed.flatMap((one) => one.mistakes)],
  };
}

function parseEntry(entry: unknown, index: number, yaml: PlacedYaml, known: Known): Parsed {
  const path = ["exceptions", index];
  const schema = exceptionSchema(known);
  const whole = schema.safeParse(entry);
  const mistakes = mistakesOf(whole.error, path, yaml, Object.keys(schema.shape));
  // Which cells it means is known even where other fields are wrong, and whether another exception means them, too.
  const cells = schema.pick({ requirement: true, column: true }).strip().safeParse(entry);
  if (!cells.success) return { exceptions: [], mistakes };
  const { requirement, column } = cells.data;
  const columns = columnsNamed(known.columns, column).map(({ label }) => label);
  const sketch = { at: yaml.placeOf(path), requirement, columns };
  if (!whole.success) return { exceptions: [sketch], mistakes };
  const { code: codes, reason, link, owner, expires, intermittent = false } = whole.data;
  return { exceptions: [{ ...sketch, codes, reason, link, owner, expires, intermittent }], mistakes };
}

function mistakesOf(
  error: z.ZodError | undefined,
  under: readonly PropertyKey[],
  { placeOf, placeOfKey }: PlacedYaml,
  keys: readonly string[],
): Mistake[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const path = [...under, ...issue.path];
    if (issue.code !== "unrecognized_keys") return [{ at: placeOf(path), what: issue.message }];
    return issue.keys.map((key) => ({ at: placeOfKey(path, key), what: unknownKey(key, keys) }));
  });
}

/** Complains of each exception that speaks of a cell of which an earlier one speaks. */
function repeated(exceptions: readonly Sketch[]): Mistake[] {
  return exceptions.flatMap((exception, index) => {
    const { at, requirement, columns } = exception;
    const first = exceptions
      .slice(0, index)
      .find((other) => other.requirement === requirement && other.columns.some((label) => columns.includes(label)));
    if (first === undefined) return [];
    const shared = first.columns.filter((label) => columns.includes(label)).join(", ");
    return [
      { at, what: `${requirement} has an exception for ${shared} already (${placeOf(first)}); keep one of them` },
    ];
  });
}
