/** Every saboteur is found, by what is checked in. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { readHosts, readModules } from "../../conformance/run/columns.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { hunt } from "../../conformance/saboteurs/hunt.ts";
import { isSameKill, linesOf, readKillMatrix } from "../../conformance/saboteurs/kill-matrix.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

test.concurrent.each(saboteurs.map((saboteur) => [saboteur.name, saboteur] as const))("%s", async (name, saboteur) => {
  const node = readHosts(`${root}/build/hosts.json`).find((host) => host.name === "node");
  if (node?.status !== "built") throw new Error("the JavaScript host is not built");
  const done = await hunt(saboteur, {
    runtime: node.command.slice(0, -1),
    requirements: loadSpec(),
    origin,
    modules: readModules(`${root}/build/modules/manifest.json`),
    root,
    seed: "evenlane",
    patience: 30_000,
  });
  expect(done.fired, "how often the fault acted").toBeGreaterThan(0);
  const missed = done.shots.filter(({ hit }) => !hit);
  expect(missed.map(({ requirement, reason, found }) => ({ requirement, reason, found }))).toEqual([]);
  const [checkedIn, now] = [readKillMatrix().saboteurs[name], linesOf(done.shots)];
  expect(isSameKill(checkedIn, now), `checked in: ${JSON.stringify(checkedIn)}; now: ${JSON.stringify(now)}`).toBe(
    true,
  );
});

test("the matrix that is checked in holds all saboteurs and no other", () => {
  expect(Object.keys(readKillMatrix().saboteurs)).toEqual(saboteurs.map(({ name }) => name));
});
