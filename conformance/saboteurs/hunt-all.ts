import { availableParallelism } from "node:os";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { KitError } from "../run/kit-error.ts";
import { exitCode } from "../run/run.ts";
import { cellsOn, type Hunt, type HuntSetting, hunt } from "./hunt.ts";
import type { Saboteur } from "./saboteur.ts";

/** What hunts share; the origin is theirs. */
export type HuntsSetting = Omit<HuntSetting, "origin">;

/**
 * Hunts saboteurs, some at a time. First what they should break is played on the host without a fault, `entry`: where that does not pass, a failure would say nothing of a fault.
 */
export async function huntAll(
  saboteurs: readonly Saboteur[],
  entry: string,
  setting: HuntsSetting,
  onHunt: (hunt: Hunt) => void,
): Promise<Hunt[]> {
  const origin = await GatedOrigin.start();
  try {
    await baseline(saboteurs, [...setting.runtime, entry], { ...setting, origin });
    const hunts: Hunt[] = [];
    const waiting = [...saboteurs.entries()];
    const hunter = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, saboteur] = next;
        const done = await hunt(saboteur, { ...setting, origin });
        hunts[index] = done;
        onHunt(done);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, hunter));
    return hunts;
  } finally {
    await origin.stop();
  }
}

async function baseline(
  saboteurs: readonly Saboteur[],
  command: readonly string[],
  setting: HuntSetting,
): Promise<void> {
  const groups = Map.groupBy(saboteurs, ({ guest, explored }) => `${guest ?? "ts"} ${explored === true}`);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const [first] = group;
      const all = { ...first!, name: "no fault", kills: group.flatMap(({ kills }) => kills) };
      const cells = await cellsOn(command, all, setting);
      if (exitCode(cells) === 0 && cells.every(({ verdict }) => verdict === "pass")) return;
      const broken = cells.filter(({ verdict }) => verdict !== "pass");
      throw new KitError(
        `the host without a fault does not pass what saboteurs should break: ${broken.map(({ requirement, verdict, message }) => `${requirement} ${verdict}${message === undefined ? "" : ` (${message})`}`).join("; ")}`,
      );
    }),
  );
}
