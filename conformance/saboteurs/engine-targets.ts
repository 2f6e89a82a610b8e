import { existsSync } from "node:fs";
import path from "node:path";
import { root } from "../package.ts";
import { KitError } from "../run/kit-error.ts";
import type { EngineHost, EngineSaboteur } from "./engine-saboteur.ts";
import type { Target } from "./target.ts";

/** The host of an engine that is built with the cargo feature `saboteurs`. Throws where it is not there. */
export function sabotagedBinary(host: EngineHost): string {
  const file = path.join(root, "build/saboteurs", `evenlane-host-${host}`);
  if (existsSync(file)) return file;
  throw new KitError(`the host ${host} is not built with its deliberate faults: run npm run setup:saboteurs`);
}

/** Saboteurs of the real engines' hosts, each on every column where it shows. */
export function engineTargets(saboteurs: readonly EngineSaboteur[]): Target[] {
  return saboteurs.flatMap(({ name, fault, on }) =>
    on.map(({ host, guest, kills }): Target => {
      const binary = sabotagedBinary(host);
      return {
        name: `${name}@${host}×${guest}`,
        tier: "engines",
        fault,
        guest,
        kills,
        explored: false,
        sound: [binary],
        make: async (folder) => {
          const counter = path.join(folder, "fired");
          const chosen = [`EVENLANE_SABOTEUR=${name}`, `EVENLANE_SABOTEUR_COUNTER=${counter}`];
          return { command: ["env", ...chosen, binary], counter };
        },
      };
    }),
  );
}
