import type { ModuleClient } from "./module-client.ts";

/** Moves the host's clock, in milliseconds since the epoch. Resolves when what fell due has run. */
export async function advanceClock(client: ModuleClient, to: number): Promise<void> {
  client.add({ kind: "advance", to });
  const { now } = await client.until(client.host.request("clock/advance", { to }), `the clock to stand at ${to}`);
  client.setting.clock.now = now;
  client.add({ kind: "advanced", now });
}
