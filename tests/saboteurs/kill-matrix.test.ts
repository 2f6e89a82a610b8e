import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { differences } from "../../conformance/report/kill-matrix.ts";
import { killMatrixPage } from "../../conformance/report/kill-matrix-page.ts";
import { faultOf, guardsOf } from "../../conformance/saboteurs/guards.ts";
import {
  type KillMatrix,
  killMatrixOf,
  killMatrixSchema,
  readKillMatrix,
  textOf,
} from "../../conformance/saboteurs/kill-matrix.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const matrix: KillMatrix = {
  javascript: {
    "lost-outcome": [
      { requirement: "ordering/a", reason: "silence", by: ["ordering/a#1"], weak: true },
      { requirement: "ordering/b", reason: "wrong-order", by: ["ordering/b#1", "ordering/b#2"] },
    ],
    "torn-commit": [],
  },
  engines: { "thread-per-call@v8×ts": [{ requirement: "resources/d", reason: "threads-grew", by: ["resources/d"] }] },
  liars: {},
  unguarded: ["http/c"],
};

test.each([[matrix], [{ ...matrix, unguarded: [] }], [{ javascript: {}, engines: {}, liars: {}, unguarded: [] }]])(
  "the text that is checked in is read as what was written",
  (one) => expect(killMatrixSchema.parse(JSON.parse(textOf(one)))).toEqual(one),
);

test("the text has a line for each requirement that a saboteur breaks", () => {
  expect(textOf(matrix).split("\n")[2]).toBe('    "lost-outcome": [');
  expect(textOf(matrix).split("\n")[4]).toContain('"requirement":"ordering/b","reason":"wrong-order"');
});

test("what was not hunted stays as it is checked in, and guards what it breaks", () => {
  const [requirement] = loadSpec();
  const before: KillMatrix = {
    ...matrix,
    engines: { one: [{ requirement: requirement!.id, reason: "silence", by: [requirement!.id] }] },
  };
  const now = killMatrixOf([], loadSpec(), before);
  expect(now).toMatchObject({ javascript: before.javascript, engines: before.engines });
  expect(now.unguarded).not.toContain(requirement!.id);
});

test("which other scenarios find a fault too is no change; reason, requirement and the scenario are", () => {
  const [, line] = matrix.javascript["lost-outcome"]!;
  const lines = (change: object) => ({
    ...matrix,
    javascript: { ...matrix.javascript, one: [{ ...line!, ...change }] },
  });
  const changed = (change: object) => differences(lines({}), lines(change)).length;
  expect(changed({ by: ["ordering/b#2", "ordering/b#3"] })).toBe(0);
  expect(changed({ by: ["ordering/b#3"] })).toBe(1);
  expect(changed({ reason: "silence" })).toBe(1);
  expect(changed({ requirement: "ordering/c" })).toBe(1);
  expect(changed({ weak: true })).toBe(1);
});

test("each line that changed is told, and nothing else", () => {
  expect(differences(matrix, matrix)).toEqual([]);
  const now: KillMatrix = {
    javascript: { "lost-outcome": matrix.javascript["lost-outcome"]!.slice(1), "lost-update": [] },
    engines: {},
    liars: {},
    unguarded: [],
  };
  expect(differences(matrix, now)).toEqual([
    "lost-outcome: checked in ordering/a (silence) by ordering/a#1; ordering/b (wrong-order) by ordering/b#1, ordering/b#2; now ordering/b (wrong-order) by ordering/b#1, ordering/b#2",
    "torn-commit: checked in not killed; now nothing",
    "lost-update: checked in nothing; now not killed",
    "thread-per-call@v8×ts: checked in resources/d (threads-grew) by resources/d; now nothing",
    "unguarded: checked in http/c; now none",
  ]);
});

test("each requirement is told its guards: the saboteur, its tier, and as what it is found", () => {
  expect(guardsOf(matrix, "ordering/b")).toEqual([
    { saboteur: "lost-outcome", tier: "javascript", reason: "wrong-order", by: ["ordering/b#1", "ordering/b#2"] },
  ]);
  expect(guardsOf(matrix, "resources/d").map(({ saboteur, tier }) => `${tier} ${saboteur}`)).toEqual([
    "engines thread-per-call@v8×ts",
  ]);
  expect(guardsOf(matrix, "http/c")).toEqual([]);
});

test("the spec's page of the kill matrix is that of the matrix that is checked in", () => {
  const page = killMatrixPage(readKillMatrix(), loadSpec());
  expect(readFileSync(`${root}/spec/kill-matrix.md`, "utf8"), "run npm run schemas").toBe(page);
});

test("the page names for each requirement the faults and their sentences, and says where there is none", () => {
  const [requirement] = loadSpec();
  const { id, chapter } = requirement!;
  const line = { requirement: id, reason: "wrong-order", by: [`${id}#one`, `${id}#two`] };
  const columns = ["wasmtime×as", "v8×ts"].map((column) => [`starved-requests@${column}`, [line]]);
  const one: KillMatrix = { ...matrix, javascript: {}, engines: Object.fromEntries(columns) };
  const page = killMatrixPage(one, [requirement!]);
  expect(page).toContain(`### [${id}](${chapter}.md)`);
  expect(page).toContain(
    `| **starved-requests** (wasmtime×as, v8×ts): ${faultOf("starved-requests")} | \`wrong-order\` | one, two |`,
  );
  expect(killMatrixPage({ ...one, engines: {} }, [requirement!])).toContain("*Unguarded*");
});

test("a saboteur that is in no catalogue is an error, not an empty sentence", () => {
  expect(() => faultOf("no-such-saboteur")).toThrow("no-such-saboteur");
});
