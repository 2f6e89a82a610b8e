/** The folder that holds this process's stores. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "./snapshot.ts";

/** A folder under the system's folder for temporary files. */
export class StoreFolder {
  readonly #path = mkdtempSync(join(tmpdir(), "evenlane-js-"));

  /** Creates the store of a module. */
  store(module: string): Store {
    return new Store(join(this.#path, `${module}.db`));
  }

  /** Removes the folder and all in it. */
  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
