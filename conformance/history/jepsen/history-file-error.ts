/** A file that is no history in Jepsen's format: where it goes wrong, and how. */
export class HistoryFileError extends Error {
  /** The file's name, as it was given. */
  readonly file: string;
  /** The line, from 1, where the offending operation begins. */
  readonly line: number;
  /** The field within the operation, such as `value[0][2]`; empty where the operation as a whole is meant. */
  readonly field: string;

  constructor(file: string, line: number, field: string, what: string) {
    super(`${file}:${line}: ${field === "" ? "" : `${field}: `}${what}`);
    this.name = "HistoryFileError";
    this.file = file;
    this.line = line;
    this.field = field;
  }
}
