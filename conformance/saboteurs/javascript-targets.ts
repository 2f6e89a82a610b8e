import { buildSabotaged } from "./build.ts";
import type { Saboteur } from "./saboteur.ts";
import type { Target } from "./target.ts";

/** Saboteurs of the JavaScript host, as hosts that `command` runs: the runtime, its options, and the host's own file. */
export function javascriptTargets(saboteurs: readonly Saboteur[], command: readonly string[]): Target[] {
  return saboteurs.map((saboteur) => ({
    name: saboteur.name,
    tier: "javascript",
    fault: saboteur.fault,
    guest: saboteur.guest ?? "ts",
    kills: saboteur.kills,
    explored: saboteur.explored === true,
    sound: command,
    make: async (folder) => {
      const { entry, counter } = await buildSabotaged(saboteur, folder);
      return { command: [...command.slice(0, -1), entry], counter };
    },
  }));
}
