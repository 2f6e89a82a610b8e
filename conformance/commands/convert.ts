import { parseHistory } from "../history/history-file.ts";
import { operationsOfHistory, toEdn, toJsonLines, UnsayableError, type Workload } from "../history/jepsen/to-jepsen.ts";
import { KitError } from "../run/kit-error.ts";
import { readText } from "../run/text-file.ts";
import { isOurs } from "./check.ts";

/** Options of `evenlane convert`. */
export interface ConvertOptions {
  readonly to: "json" | "edn";
  readonly workload: Workload;
}

/** `evenlane convert`: writes a history of the kit as Jepsen's operations to standard output. Gives the exit code. */
export function convertCommand(file: string, { to, workload }: ConvertOptions): number {
  const text = readText(file, "a file of a history");
  if (!isOurs(text))
    throw new KitError(
      `${file} is no history of this kit: its first line has to be a header with "evenlane":"history"`,
    );
  const { events } = parseHistory(text, file);
  try {
    const operations = operationsOfHistory(events, workload);
    process.stdout.write(to === "edn" ? toEdn(operations) : toJsonLines(operations));
  } catch (error) {
    if (error instanceof UnsayableError) throw new KitError(`${file} cannot be said as ${workload}: ${error.message}`);
    throw error;
  }
  return 0;
}
