import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import type { judge } from "../../conformance/judge/judge.ts";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { readModules } from "../../conformance/run/columns.ts";
import { ColumnRunner } from "../../conformance/run/run-column.ts";
import { exploring } from "../../conformance/scenarios/interleavings.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { columnOf } from "./wrong-hosts.ts";

vi.mock(import("../../conformance/judge/judge.ts"), async (original) => {
  const undecided: typeof judge = () => ({ verdict: "undecided", attempts: 7 });
  return { ...(await original()), judge: undecided };
});

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

test("a schedule whose history the judge cannot decide is unmeasured: never a pass", async () => {
  const modules = readModules(`${root}/build/modules/manifest.json`);
  const setting = { origin, modules, root, seed: "s", patience: 60_000 };
  const runner = new ColumnRunner(columnOf("node", `${root}/hosts/js/main.ts`), setting);
  const scenario = exploring("2x1", parseWorkload("2x1"), { tier: "exhaustive", choice: "all" });
  const requirement = loadSpec().find(({ id }) => id === scenario.requirement)!;
  const result = await runner.result({ scenario, requirement });
  await runner.stop();
  expect(result).toMatchObject({
    verdict: "unmeasured",
    message: expect.stringMatching(/^the model found no reading of the history in 7 attempts, and there are more; /),
  });
});
