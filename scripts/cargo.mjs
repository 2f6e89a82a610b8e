/**
 * `node scripts/cargo.mjs ARGS`: cargo with this workspace's environment. Without it each call of cargo that reaches
 * the crate `v8` would download its archive again, and build into another folder than the set-up.
 */
import { runForeground } from "./lib/foreground.mjs";
import { runMain } from "./setup.mjs";
import { cargoEnvironmentNow } from "./steps/hosts.mjs";

await runMain(async () => {
  const env = await cargoEnvironmentNow({ command: "this" });
  return runForeground("cargo", process.argv.slice(2), { env });
});
