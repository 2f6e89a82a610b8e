import path from "node:path";
import { root } from "../package.ts";
import type { LyingAdapter } from "./liars/catalogue.ts";
import type { Target } from "./target.ts";

/** Lying adapters of the host that `command` starts. */
export function liarTargets(adapters: readonly LyingAdapter[], command: readonly string[]): Target[] {
  return adapters.map(({ name, fault, kills }) => ({
    name,
    tier: "liars",
    fault,
    guest: "ts",
    kills,
    explored: false,
    sound: command,
    make: async (folder) => {
      const counter = path.join(folder, "fired");
      const adapter = path.join(root, "conformance/saboteurs/liars/adapter.ts");
      return { command: [process.execPath, adapter, name, counter, ...command], counter };
    },
  }));
}
