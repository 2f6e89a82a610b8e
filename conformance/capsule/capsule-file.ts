/** Writes and reads capsules. */
import { type DocumentNode, evaluate, parse, type ValueNode } from "@humanwhocodes/momoa";
import { nameOf } from "../explore/workload.ts";
import type { InitializeResult } from "../protocol/schemas.ts";
import type { Column, ModuleEntry } from "../run/columns.ts";
import { readText, TextFileError, writeText } from "../run/text-file.ts";
import type { PlayedScenario } from "../run/verdict.ts";
import { type Capsule, capsuleSchema } from "./capsule.ts";
import { inputsOf } from "./inputs.ts";

/** The conformance module that explorations play on. */
const exploredModule = "script";

/** A capsule file that cannot be read: `line` counts from 1, `field` is a path such as `modules.0.sha256`, empty where the file as a whole is meant. */
export class CapsuleError extends TextFileError {
  override name = "CapsuleError";
}

/** What a capsule is made of. */
export interface CapsuleMaking {
  /** Version of the kit. */
  readonly kit: string;
  readonly column: Column;
  /** What the host said of itself, where it did. */
  readonly info: InitializeResult | undefined;
  readonly seed: string;
  /** All compiled modules there are. */
  readonly modules: readonly ModuleEntry[];
  /** What the scenario came to; of an exploration, the schedule that failed is played again. */
  readonly result: PlayedScenario;
}

/** Makes a capsule of what was just played. */
export function capsuleOf({ kit, column, info, seed, modules, result }: CapsuleMaking): Capsule {
  const { failure, history = [] } = result;
  const loaded = history.flatMap((event) => (event.kind === "load" || event.kind === "update" ? [event.source] : []));
  const names = new Set(failure === undefined ? loaded : [exploredModule]);
  return {
    evenlane: "capsule",
    version: 1,
    kit,
    host: { name: column.host.name, version: info?.host.version ?? null },
    guest: column.guest,
    seed,
    modules: modules
      .filter(({ name, guest }) => guest === column.guest && names.has(name))
      .map(({ name, sha256 }) => ({ name, sha256 })),
    play:
      failure === undefined
        ? { kind: "scenario", id: result.id }
        : { kind: "exploration", name: nameOf(failure.workload), schedule: [...failure.schedule] },
    inputs: inputsOf(history, seed),
    verdict: result.verdict,
    reason: result.reason ?? null,
    message: result.message ?? null,
  };
}

/** The text of a capsule's file: a field a line, so that errors can name lines. */
export function capsuleText(capsule: Capsule): string {
  return `${JSON.stringify(capsule, null, 2)}\n`;
}

/** Writes a capsule. Throws `KitError` where the file cannot be written. */
export function writeCapsule(file: string, capsule: Capsule): void {
  writeText(file, "the capsule", capsuleText(capsule));
}

/** Reads a capsule. Throws `CapsuleError` where it does not fit, `KitError` where there is no such file. */
export function readCapsule(file: string): Capsule {
  return parseCapsule(readText(file, "a capsule file"), file);
}

/** Reads a capsule from text; `file` stands in the errors. Throws `CapsuleError`. */
export function parseCapsule(text: string, file: string): Capsule {
  const document = parsed(text, file);
  const read = capsuleSchema.safeParse(evaluate(document));
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new CapsuleError(file, lineOf(document.body, path), path.join("."), message);
}

function parsed(text: string, file: string): DocumentNode {
  try {
    return parse(text, { mode: "json" });
  } catch (error) {
    const { message, line } = error as Error & { line: number };
    // Where the text ends too early the parser names no place.
    const where = /end of input/.test(message) ? text.trimEnd().split("\n").length : line;
    throw new CapsuleError(file, where, "", `it is not JSON (${message})`);
  }
}

/** The line, from 1, on which the value at a path stands; that of the nearest value around it where there is none at that path. */
function lineOf(value: ValueNode, path: readonly PropertyKey[]): number {
  const [first, ...rest] = path;
  const member = first === undefined ? undefined : memberOf(value, first);
  return member === undefined ? value.loc.start.line : lineOf(member, rest);
}

function memberOf(value: ValueNode, part: PropertyKey): ValueNode | undefined {
  if (value.type === "Array") return value.elements[Number(part)]?.value;
  if (value.type !== "Object") return undefined;
  return value.members.find(({ name }) => name.type === "String" && name.value === part)?.value;
}
