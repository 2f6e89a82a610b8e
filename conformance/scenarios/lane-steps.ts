import type { Turn } from "../protocol/schemas.ts";
import type { ModuleClient } from "./module-client.ts";

/** Stops the module's lane. */
export async function pauseLane(client: ModuleClient): Promise<void> {
  await client.until(client.host.request("lane/pause", { module: client.id }), "the lane to pause");
  client.add({ kind: "paused", module: client.name });
}

/** Runs one turn of the paused lane and tells which, or null where nothing is ready. */
export async function stepLane(client: ModuleClient): Promise<Turn> {
  const step = client.setting.history.nextQuestion();
  client.add({ kind: "step", step, module: client.name });
  const { turn } = await client.until(
    client.host.request("lane/step", { module: client.id }),
    "the lane to run one turn",
  );
  client.add({ kind: "stepped", step, module: client.name, turn });
  return turn;
}

/** Lets the lane run what is ready. */
export async function resumeLane(client: ModuleClient): Promise<void> {
  client.add({ kind: "resume", module: client.name });
  await client.until(client.host.request("lane/resume", { module: client.id }), "the lane to resume");
}
