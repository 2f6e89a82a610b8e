/** Whether what a capsule was made with is still there. */
import type { InitializeResult } from "../protocol/schemas.ts";
import type { Column, ModuleEntry } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import type { Capsule } from "./capsule.ts";

/**
 * Demands that the compiled modules are the capsule's, byte for byte: on others, the same schedule means something else. On a column with another guest,
 * whose modules are others by nature, they need only be there.
 */
export function demandModules(capsule: Capsule, column: Column, modules: readonly ModuleEntry[]): void {
  for (const { name, sha256 } of capsule.modules) {
    const entry = modules.find((module) => module.name === name && module.guest === column.guest);
    if (entry === undefined) {
      throw new KitError(`there is no module ${name} for the guest ${column.guest}: run npm run setup`);
    }
    if (column.guest === capsule.guest && entry.sha256 !== sha256) {
      throw new KitError(
        `the module ${name} (${entry.guest}) is another than the capsule was made with: its SHA-256 is ${entry.sha256}, not ${sha256}; check out the sources of that time (kit ${capsule.kit}) and run npm run setup, or make a new capsule`,
      );
    }
  }
}

/** What is another than it was when the capsule was made, a sentence each; the play goes on all the same. `info` is what the host says of itself now. */
export function changesSince(
  capsule: Capsule,
  now: { readonly kit: string; readonly column: Column; readonly info: InitializeResult | undefined },
): string[] {
  const changes: string[] = [];
  if (now.kit !== capsule.kit) changes.push(`the kit is ${now.kit}; the capsule was made with ${capsule.kit}`);
  const column = `${capsule.host.name}×${capsule.guest}`;
  if (now.column.label !== column) changes.push(`the column is ${now.column.label}; the capsule was made on ${column}`);
  const version = now.info?.host.version;
  if (now.column.host.name === capsule.host.name && version !== undefined && version !== capsule.host.version) {
    changes.push(`the host is version ${version}; the capsule was made on ${capsule.host.version ?? "an unknown one"}`);
  }
  return changes;
}
