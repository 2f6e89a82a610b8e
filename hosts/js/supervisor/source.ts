/** Reads a module from its file: checks its hash, and compiles it where it is wasm. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Guest } from "../guest/description.ts";
import { moduleRefused } from "../protocol/errors.ts";
import { boundMemory } from "../wasm/bounded-memory.ts";
import type { WorkerStart } from "../worker/messages.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The program in a file; a wasm guest's memory is bound to so many bytes, or left as it is. Throws the refusal of the module. */
export async function readProgram(
  guest: Guest,
  path: string,
  sha256: string,
  memoryBytes: number | null,
): Promise<WorkerStart["program"]> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw moduleRefused("unreadable", `cannot read ${path}: ${error.message}`);
  });
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== sha256) {
    throw moduleRefused("hash-mismatch", `${path} has the SHA-256 ${hash}, not ${sha256}: build and hash it again`);
  }
  try {
    if (guest === "ts") return utf8.decode(bytes);
    const module = await WebAssembly.compile(bytes);
    // Only what the engine has found to be well-formed is read for its memory.
    return memoryBytes === null ? module : await WebAssembly.compile(boundMemory(bytes, memoryBytes));
  } catch (error) {
    throw moduleRefused("compile", `${path} could not be compiled: ${(error as Error).message}`);
  }
}
