/** Where a guest's function is declared. */
import { readFileSync } from "node:fs";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { ModuleEntry } from "../run/columns.ts";

/** Gives `modules/relay/module.ts:12` for a module, a guest language and a function; the file alone where no line declares it. */
export type Locate = (module: string, guest: GuestLanguage, name: string) => string | undefined;

/** How a hook is declared. */
const hooks: Readonly<Record<string, string>> = {
  $init: "init",
  $connected: "clientConnected",
  $disconnected: "clientDisconnected",
};

/** Finds declarations in the sources that the compiled modules were made of. `root` is the package's: the sources' paths are relative to it. */
export function locator(modules: readonly ModuleEntry[], root: string): Locate {
  const texts = new Map<string, string | undefined>();
  return (module, guest, name) => {
    const source = modules.find((entry) => entry.name === module && entry.guest === guest)?.source;
    if (source === undefined) return undefined;
    if (!texts.has(source)) texts.set(source, readText(`${root}/${source}`));
    const text = texts.get(source);
    const at = text?.search(declarationOf(name)) ?? -1;
    return text === undefined || at < 0 ? source : `${source}:${text.slice(0, at).split("\n").length}`;
  };
}

function declarationOf(name: string): RegExp {
  const hook = hooks[name];
  if (hook !== undefined) return new RegExp(`\\.${hook}\\(`);
  return new RegExp(`\\.(?:reducer|procedure)\\(\\s*["']${RegExp.escape(name)}["']`);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
