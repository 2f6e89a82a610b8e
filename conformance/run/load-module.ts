import type { HostProcess } from "../protocol/host-process.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { LoadOptions } from "../scenarios/stage-setting.ts";
import type { ModuleEntry } from "./columns.ts";
import { KitError } from "./kit-error.ts";

/** Which module, in which language, and where the compiled ones are. */
export interface ModuleChoice {
  readonly name: string;
  readonly guest: GuestLanguage;
  readonly modules: readonly ModuleEntry[];
  readonly root: string;
}

/** Loads a compiled conformance module into a host; gives its id there. @throws KitError where it was not compiled */
export async function loadModule(
  host: HostProcess,
  { name, guest, modules, root }: ModuleChoice,
  options: LoadOptions = {},
): Promise<string> {
  const { module } = await host.request("module/load", {
    guest,
    ...codeOf({ name, guest, modules, root }),
    ...options,
  });
  return module;
}

/** Where the compiled code of a conformance module stands. @throws KitError where it was not compiled */
export function codeOf({ name, guest, modules, root }: ModuleChoice): { path: string; sha256: string } {
  const entry = modules.find((module) => module.name === name && module.guest === guest);
  if (entry === undefined) throw new KitError(`there is no module ${name} for the guest ${guest}: run npm run setup`);
  return { path: `${root}/${entry.path}`, sha256: entry.sha256 };
}
