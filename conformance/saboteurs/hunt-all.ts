import { availableParallelism } from "node:os";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { inParallel } from "../run/in-parallel.ts";
import { KitError } from "../run/kit-error.ts";
import { exitCode } from "../run/run.ts";
import { cellsOn, type Hunt, type HuntSetting, hunt } from "./hunt.ts";
import type { Target } from "./target.ts";

/** What hunts share; the origin is theirs. */
export type HuntsSetting = Omit<HuntSetting, "origin">;

/**
 * Hunts saboteurs, some at a time. What they should break is also played on the hosts without a fault: where that does not pass, a failure would say nothing of a fault.
 */
export async function huntAll(
  targets: readonly Target[],
  setting: HuntsSetting,
  onHunt: (hunt: Hunt) => void,
): Promise<Hunt[]> {
  const origin = await GatedOrigin.start();
  try {
    const work = [
      ...baselines(targets).map((baseline) => () => passes(baseline, { ...setting, origin })),
      ...targets.map((target) => async () => {
        const done = await hunt(target, { ...setting, origin });
        onHunt(done);
        return done;
      }),
    ];
    // In one queue: the baselines are few and long, and would leave all processors but one idle. One more than processors, since a silence takes none.
    const done = await inParallel(availableParallelism() + 1, work, (task) => task());
    return done.filter((one) => one !== undefined);
  } finally {
    await origin.stop();
  }
}

type Baseline = Pick<Target, "sound" | "guest" | "kills" | "explored">;

/** What has to pass on which host, each once. */
function baselines(targets: readonly Target[]): Baseline[] {
  const groups = Map.groupBy(targets, ({ sound, guest, explored }) => JSON.stringify([sound, guest, explored]));
  return [...groups.values()].map((group) => ({ ...group[0]!, kills: group.flatMap(({ kills }) => kills) }));
}

async function passes(target: Baseline, setting: HuntSetting): Promise<undefined> {
  const cells = await cellsOn(target.sound, { ...target, name: "no fault" }, setting);
  if (exitCode(cells) === 0 && cells.every(({ verdict }) => verdict === "pass")) return undefined;
  const broken = cells.filter(({ verdict }) => verdict !== "pass");
  throw new KitError(
    `the host without a fault does not pass what saboteurs should break: ${broken.map(({ requirement, verdict, message }) => `${requirement} ${verdict}${message === undefined ? "" : ` (${message})`}`).join("; ")}`,
  );
}
