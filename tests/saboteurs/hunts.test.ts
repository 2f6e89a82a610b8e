/** Every saboteur is found, by what is checked in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { readHosts, readModules } from "../../conformance/run/columns.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { engineTargets } from "../../conformance/saboteurs/engine-targets.ts";
import { engineSaboteurs } from "../../conformance/saboteurs/engines/catalogue.ts";
import { hunt } from "../../conformance/saboteurs/hunt.ts";
import { javascriptTargets } from "../../conformance/saboteurs/javascript-targets.ts";
import { isSameKill, linesOf, readKillMatrix } from "../../conformance/saboteurs/kill-matrix.ts";
import { liarTargets } from "../../conformance/saboteurs/liar-targets.ts";
import { lyingAdapters } from "../../conformance/saboteurs/liars/catalogue.ts";
import { type Target, type Tier, tiers } from "../../conformance/saboteurs/target.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const hosts = readHosts(`${root}/build/hosts.json`);
const node = hosts.find(({ name }) => name === "node");
const withRust = hosts.every(({ name, status }) => status === "built" || !["wasmtime", "v8"].includes(name));

const targets: Readonly<Record<Tier, readonly Target[]>> = {
  javascript: javascriptTargets(saboteurs, node?.status === "built" ? node.command : []),
  engines: withRust ? engineTargets(engineSaboteurs) : [],
  liars: liarTargets(lyingAdapters, node?.status === "built" ? node.command : []),
};

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

describe.each(tiers)("%s", (tier) => {
  test.skipIf(targets[tier].length === 0)("the matrix that is checked in holds all saboteurs and no other", () => {
    expect(Object.keys(readKillMatrix()[tier])).toEqual(targets[tier].map(({ name }) => name));
  });

  test.concurrent.each(targets[tier].map((target) => [target.name, target] as const))("%s", async (name, target) => {
    const done = await hunt(target, {
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
    const [checkedIn, now] = [readKillMatrix()[tier][name], linesOf(done.shots)];
    const message = `checked in: ${JSON.stringify(checkedIn)}; now: ${JSON.stringify(now)}`;
    expect(isSameKill(checkedIn, now), message).toBe(true);
  });
});
