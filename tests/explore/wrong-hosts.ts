/** Copies of the JavaScript host with one line changed. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../conformance/package.ts";
import type { Column } from "../../conformance/run/columns.ts";

/** A deliberate fault: the line of a file of the host that is replaced, whole but for its indentation. */
export interface Fault {
  readonly file: string;
  readonly line: string;
  readonly instead: string;
}

/** The faults, by the name of the host that has them. */
export const faults = {
  /** Completions are taken last in, first out. */
  "youngest-first": {
    file: "supervisor/ready-queue.ts",
    line: "this.#completions.push(item);",
    instead:
      "const older: C[] = []; this.#completions.filter((one) => older.push(one) < 0); for (const one of [item, ...older]) this.#completions.push(one);",
  },
  /** A row that was read once is read the same in every later transaction: updates are lost. */
  "old-reads": {
    file: "store/tables.ts",
    line: "return found.row;",
    instead: "const self = this as any; self.seen ??= {}; return (self.seen[table + key] ??= found.row);",
  },
  /** What a transaction has updated is committed before its end. */
  "torn-commits": {
    file: "store/tables.ts",
    line: "if (!this.#write(this.#statements.update, index, checkKey(key), text)) throw absent(table, key);",
    instead:
      "this.#write(this.#statements.update, index, checkKey(key), text); for (const statement of this.#written) statement.run(); this.#statements.commit.run(); this.#statements.begin.run();",
  },
  /** The process ends with the third outcome of a fetch. */
  "short-lived": {
    file: "supervisor/ready-queue.ts",
    line: "this.#completions.push(item);",
    instead:
      "const all = globalThis as any; all.taken = (all.taken ?? 0) + 1; if (all.taken === 3) { process.stderr.write('out of breath\\n'); process.exit(7); } this.#completions.push(item);",
  },
} as const satisfies Record<string, Fault>;

/** Copies the host into a folder under `build/tests`, with this fault or none; gives its main file. */
export function copyHost(name: string, fault?: Fault): string {
  const folder = path.join(root, "build/tests/hosts", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, "hosts/js"), path.join(folder, "hosts/js"), { recursive: true });
  cpSync(path.join(root, "package.json"), path.join(folder, "package.json"));
  if (fault !== undefined) {
    const file = path.join(folder, "hosts/js", fault.file);
    const lines = readFileSync(file, "utf8").split("\n");
    const found = lines.flatMap((line, index) => (line.trim() === fault.line ? [index] : []));
    if (found.length !== 1) throw new Error(`${fault.file} has ${found.length} lines "${fault.line}", not one`);
    writeFileSync(file, lines.with(found[0]!, fault.instead).join("\n"));
  }
  return path.join(folder, "hosts/js/main.ts");
}

/** A column of a host whose main file this is, with JavaScript guests. */
export function columnOf(name: string, main: string): Column {
  const host = { name, guests: ["ts" as const], status: "built" as const, command: [process.execPath, main] };
  return { host, guest: "ts", label: `${name}×ts` };
}
