/** Gives a module the code in a file, be it its first or other code in its place. */
import { type Description, readDescription } from "../guest/description.ts";
import { moduleRefused } from "../protocol/errors.ts";
import { LoadFailure } from "./loading.ts";
import type { Module } from "./module.ts";
import { readProgram } from "./source.ts";

/** Lets a module run the code in the file `path`, and gives its description. Throws the refusal of what cannot be run. */
export async function runFile(module: Module, path: string, sha256: string): Promise<Description> {
  const { guest, limits } = module;
  try {
    return await module.run(
      () => readProgram(guest, path, sha256, limits.memoryBytes),
      (text) => {
        try {
          return readDescription(text, guest);
        } catch (error) {
          throw moduleRefused("interface", `${path}: ${(error as Error).message}`);
        }
      },
    );
  } catch (error) {
    if (error instanceof LoadFailure) throw moduleRefused(error.reason, `${path}: ${error.message}`);
    throw error;
  }
}
