import type { HostProcess } from "../protocol/host-process.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { LoadOptions } from "../scenarios/stage-setting.ts";
import type { ModuleEntry } from "./columns.ts";
import { KitError } from "./kit-error.ts";

/** Loads a compiled conformance module into a host; gives its id there. @throws KitError where it was not compiled */
export async function loadModule(
  host: HostProcess,
  { name, guest, modules, root }: { name: string; guest: GuestLanguage; modules: readonly ModuleEntry[]; root: string },
  options: LoadOptions = {},
): Promise<string> {
  const entry = modules.find((module) => module.name === name && module.guest === guest);
  if (entry === undefined) throw new KitError(`there is no module ${name} for the guest ${guest}: run npm run setup`);
  const { path, sha256 } = entry;
  const { module } = await host.request("module/load", { guest, path: `${root}/${path}`, sha256, ...options });
  return module;
}
