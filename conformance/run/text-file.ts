import { readFileSync, writeFileSync } from "node:fs";
import { KitError } from "./kit-error.ts";

/** A place in a file, its name as it was given; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A file that does not fit: `line` counts from 1, `field` is a path such as `modules.0.sha256`, empty where the whole line is meant. */
export class TextFileError extends KitError {
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

/** The text of a file that has to be a `what`. Throws `KitError`. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new KitError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): give ${what}`);
  }
}

/** Writes a file that holds a `what`. Throws `KitError`. */
export function writeText(file: string, what: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new KitError(`${what} cannot be written to ${file}: ${(error as Error).message}`);
  }
}
