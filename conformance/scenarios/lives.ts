import type { ExitReport } from "../protocol/host-child.ts";
import type { ModuleClient } from "./module-client.ts";
import type { CompiledModule, StageSetting } from "./stage-setting.ts";

/** Tells the host to shut down. Resolves when its process has ended. */
export async function shutDownHost(client: ModuleClient): Promise<ExitReport> {
  client.add({ kind: "shutdown" });
  const report = await client.until(client.host.stop(), "the host to end");
  client.add({ kind: "exited", code: report.code });
  return report;
}

/** Kills the host's process, whatever it is doing, and starts another; gives what to play on there. */
export function reviveHost(client: ModuleClient): Promise<StageSetting> {
  const { revive } = client.setting;
  if (revive === undefined) throw new Error("this stage's host cannot be killed");
  return client.until(revive(), "another host to be started");
}

/** Puts other compiled code in the place of the module's. What then begins runs that. */
export async function updateModule(client: ModuleClient, { name, path, sha256 }: CompiledModule): Promise<void> {
  client.add({ kind: "update", module: client.name, source: name });
  await client.until(
    client.host.request("module/update", { module: client.id, path, sha256 }),
    `the module to run the code of ${name}`,
  );
  client.add({ kind: "updated", module: client.name });
}
