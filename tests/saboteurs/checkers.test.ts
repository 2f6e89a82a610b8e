/** No check is idle: with any one of them disabled, a line of the kill matrix that is checked in does not come about any more. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { root } from "../../conformance/package.ts";
import { readHosts, readModules } from "../../conformance/run/columns.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { javascriptTargets } from "../../conformance/saboteurs/javascript-targets.ts";
import { readKillMatrix } from "../../conformance/saboteurs/kill-matrix.ts";
import { liarTargets } from "../../conformance/saboteurs/liar-targets.ts";
import { lyingAdapters } from "../../conformance/saboteurs/liars/catalogue.ts";
import type { Target } from "../../conformance/saboteurs/target.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const node = readHosts(`${root}/build/hosts.json`).find(({ name }) => name === "node");
if (node?.status !== "built") throw new Error("the JavaScript host is not built");
const targets = [...javascriptTargets(saboteurs, node.command), ...liarTargets(lyingAdapters, node.command)];

interface Disabled {
  /** The file of the check, and what stands in its place. */
  readonly file: string;
  readonly instead: Record<string, unknown>;
  /** A saboteur that it finds, and as what. */
  readonly saboteur: string;
  readonly reason: string;
}

const checks = "../../conformance/run/checks.ts";
const isolation = "../../conformance/history/isolation";
const none = () => undefined;

const disabled: Readonly<Record<string, Disabled>> = {
  "the reference model": {
    file: checks,
    instead: { legal: none },
    saboteur: "commits-that-never-were",
    reason: "not-in-model",
  },
  "the checkers of isolation": {
    file: checks,
    instead: { serializable: none },
    saboteur: "arguments-come-back-as-results",
    reason: "not-serializable",
  },
  "the dependency graph": {
    file: `${isolation}/check.ts`,
    instead: { checkIsolation: () => ({ anomalies: [], counts: new Map(), unjudged: [], transactions: 0, edges: 0 }) },
    saboteur: "snapshot-isolation",
    reason: "write-skew",
  },
  "the replay in the order of the commits": {
    file: `${isolation}/replay.ts`,
    instead: { replayInCommitOrder: none },
    saboteur: "commit-numbers-change-places",
    reason: "not-serializable",
  },
  "the serial orders": {
    file: `${isolation}/oracle.ts`,
    instead: { serialOrders: () => [[]] },
    saboteur: "read-committed",
    reason: "not-serializable",
  },
  "the numbers that guests record": {
    file: "../../conformance/history/numbering.ts",
    instead: { checkNumbering: none },
    saboteur: "numbers-one-too-high",
    reason: "wrong-row",
  },
  "the forms of results": {
    file: `${isolation}/from-history.ts`,
    instead: { extract: () => ({ transactions: [], misfits: [] }) },
    saboteur: "arguments-come-back-as-results",
    reason: "not-serializable",
  },
  "the probes": { file: checks, instead: { hitProbes: none }, saboteur: "rows-that-are-kept-back", reason: "vacuous" },
  "what the origin has seen": {
    file: checks,
    instead: { nothingUnexpected: none },
    saboteur: "each-request-is-sent-twice",
    reason: "repeated-arrival",
  },
  "what is claimed beside what is measured": {
    file: "../../conformance/claims/capabilities.ts",
    instead: { lieAmong: none },
    saboteur: "capability-that-is-hidden",
    reason: "host-liar",
  },
  "the comparisons of scenarios": {
    file: "../../conformance/scenarios/expect.ts",
    instead: { expectSame: none, expectThat: none },
    saboteur: "text-in-normal-form",
    reason: "wrong-value",
  },
};

/** Whether a hunt comes to the line of that reason, with the modules as they stand now. */
async function comesAbout(target: Target, reason: string): Promise<boolean> {
  const { GatedOrigin } = await import("../../conformance/origin/gated-origin.ts");
  const { hunt } = await import("../../conformance/saboteurs/hunt.ts");
  const origin = await GatedOrigin.start();
  try {
    const kills = target.kills.filter((kill) => kill.reason === reason);
    expect(kills).not.toEqual([]);
    const { shots } = await hunt(
      { ...target, kills },
      {
        requirements: loadSpec(),
        origin,
        modules: readModules(`${root}/build/modules/manifest.json`),
        root,
        seed: "evenlane",
        patience: 30_000,
      },
    );
    return shots.every(({ hit }) => hit);
  } finally {
    await origin.stop();
  }
}

afterEach(() => {
  for (const { file } of Object.values(disabled)) vi.doUnmock(file);
  vi.resetModules();
});

describe.each(Object.entries(disabled))("without %s", (_, { file, instead, saboteur, reason }) => {
  const target = targets.find(({ name }) => name === saboteur)!;

  test(`${saboteur} is not found as ${reason}, and with it it is`, async () => {
    const lines = readKillMatrix()[target.tier][saboteur]!;
    expect(lines.map((line) => line.reason)).toContain(reason);
    vi.resetModules();
    expect(await comesAbout(target, reason)).toBe(true);
    vi.resetModules();
    vi.doMock(file, async (original) => ({ ...((await original()) as object), ...instead }));
    expect(await comesAbout(target, reason)).toBe(false);
  });
});

test("each reason of a verdict is the one by which some saboteur is found", () => {
  const { unguarded: _, ...tiers } = readKillMatrix();
  const found = new Set(
    Object.values(tiers).flatMap((tier) => Object.values(tier).flatMap((lines) => lines.map(({ reason }) => reason))),
  );
  const codes = readFileSync(`${root}/spec/frozen/1-codes.txt`, "utf8").trim().split("\n");
  expect(codes.filter((code) => !found.has(code))).toEqual([]);
});
