import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Capsule, capsuleJsonSchema } from "../../conformance/capsule/capsule.ts";
import {
  CapsuleError,
  capsuleOf,
  capsuleText,
  parseCapsule,
  readCapsule,
  writeCapsule,
} from "../../conformance/capsule/capsule-file.ts";
import { changesSince, demandModules } from "../../conformance/capsule/check.ts";
import { firstOtherInput, inputsOf } from "../../conformance/capsule/inputs.ts";
import { trialOf } from "../../conformance/capsule/trial.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { root } from "../../conformance/package.ts";
import type { Column, ModuleEntry } from "../../conformance/run/columns.ts";
import { KitError } from "../../conformance/run/kit-error.ts";
import type { PlayedScenario } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];
const modules: ModuleEntry[] = [
  { name: "relay", guest: "ts", path: "relay.js", sha256: a!, source: "modules/relay/module.ts" },
  { name: "relay", guest: "as", path: "relay.wasm", sha256: b!, source: "modules/relay/assembly/index.ts" },
  { name: "script", guest: "ts", path: "script.js", sha256: b!, source: "modules/script/module.ts" },
];
const column = (name: string, guest: "ts" | "as"): Column => {
  return { host: { name, guests: [guest], status: "built", command: [name] }, guest, label: `${name}×${guest}` };
};
const info = { host: { name: "evenlane-host-node", version: "3" } } as never;
const result: PlayedScenario = {
  id: "ordering/reducers-in-submission-order#one-connection",
  title: "t",
  grade: "outside",
  milliseconds: 1,
  verdict: "fail",
  reason: "wrong-order",
  message: "b before a",
  history: [
    { kind: "load", module: "relay", source: "relay" },
    { kind: "connect", connection: "k1", module: "relay" },
    { kind: "submit", call: "c7", connection: "k1", function: "record", args: { token: "a" } },
    { kind: "result", call: "c7", result: { outcome: "returned", value: null, seqs: [1] } },
  ],
};
const making = { kit: "1.2.3", column: column("node", "ts"), info, seed: "seven", modules, result };
const capsule = capsuleOf(making);

function complaint(text: string): CapsuleError {
  try {
    parseCapsule(text, "f.json");
  } catch (error) {
    if (error instanceof CapsuleError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("a capsule", () => {
  test("holds what a failing scenario takes to be seen again", () => {
    expect(capsule).toEqual({
      evenlane: "capsule",
      version: 1,
      kit: "1.2.3",
      host: { name: "node", version: "3" },
      guest: "ts",
      seed: "seven",
      modules: [{ name: "relay", sha256: a }],
      play: { kind: "scenario", id: "ordering/reducers-in-submission-order#one-connection" },
      inputs: [{ connection: "connection 0", function: "record", args: { token: "a" } }],
      verdict: "fail",
      reason: "wrong-order",
      message: "b before a",
    });
  });

  test("holds the schedule that an exploration failed on", () => {
    const workload = { procedures: 2, fetches: 2, extra: undefined, mode: "lockstep" } as const;
    const failure = { workload, schedule: [1, 0], steps: [], error: new Error() as never, events: [] };
    expect(capsuleOf({ ...making, result: { ...result, failure } })).toMatchObject({
      play: { kind: "exploration", name: "2x2", schedule: [1, 0] },
      modules: [{ name: "script", sha256: b }],
    });
  });

  test("is read as it was written", () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-capsule-")), "c.json");
    writeCapsule(file, capsule);
    expect(readCapsule(file)).toEqual(capsule);
  });

  const text = capsuleText(capsule);
  const lineWith = (part: string) => text.split("\n").findIndex((line) => line.includes(part)) + 1;
  test.each<[string, string, number, string, string]>([
    ["is cut off", text.slice(0, -4), text.split("\n").length - 2, "", "it is not JSON"],
    ["has no verdict", text.replace(/ {2}"verdict".*\n/, ""), 1, "verdict", "expected one of"],
    ["is of another version", text.replace('"version": 1', '"version": 2'), 3, "version", "expected 1"],
    ["has a hash that is none", text.replace(a!, "A"), lineWith("sha256"), "modules.0.sha256", "match pattern"],
    ["plays what there is not", text.replace('"scenario"', '"story"'), lineWith("kind"), "play.kind", "Invalid"],
    [
      "has an input without a function",
      text.replace('"function": "record",', ""),
      lineWith('"inputs"') + 1,
      "inputs.0.function",
      "expected string",
    ],
    ["has a comma too many", text.replace('"version": 1,', '"version": 1,,'), 3, "", "it is not JSON"],
    ["has an unknown field", text.replace('"seed"', '"sead"'), 1, "seed", "expected string"],
    ["is another file", '{"version":1,"hosts":[]}', 1, "evenlane", 'expected "capsule"'],
  ])("that %s is refused with line and field", (_, broken, line, field, message) => {
    const error = complaint(broken);
    expect({ line: error.line, field: error.field }).toEqual({ line, field });
    expect(error.message).toMatch(new RegExp(`^f\\.json:${line}: `));
    expect(error.message).toContain(message);
    expect(error).toBeInstanceOf(KitError);
  });

  test("that is not there is told", () => {
    expect(() => readCapsule("/nowhere/c.json")).toThrow("/nowhere/c.json cannot be read (ENOENT)");
  });

  test("has the JSON Schema that is committed (npm run schemas)", () => {
    expect(readFileSync(`${root}/schemas/capsule.json`, "utf8")).toBe(capsuleJsonSchema());
  });
});

describe("the calls of a capsule", () => {
  const url = (run: string) => `http://127.0.0.1:1/${run.repeat(16)}-1/${run.repeat(16)}-2/held`;
  const submitted = (call: string, run: string, token = "a"): HistoryEvent[] => [
    { kind: "load", module: "relay", source: "relay" },
    { kind: "connect", connection: `k${run}`, module: "relay" },
    { kind: "submit", call, connection: `k${run}`, function: "fetchThenRecord", args: { url: url(run), token } },
  ];

  test("are the same whatever names and URLs a run gave them", () => {
    const [then, now] = [inputsOf(submitted("c1", "0"), "s"), inputsOf(submitted("c9", "1"), "s")];
    expect(then).toEqual(now);
    expect(firstOtherInput(then, now)).toBeUndefined();
    expect(JSON.stringify(then)).toContain("/held");
  });

  test("are others where an argument is, and not where one run only went further", () => {
    const then = inputsOf(submitted("c1", "0"), "s");
    expect(firstOtherInput(then, inputsOf(submitted("c1", "0", "b"), "s"))).toBe(0);
    expect(firstOtherInput(then, [...then, ...then])).toBeUndefined();
    expect(firstOtherInput([...then, ...then], then)).toBeUndefined();
  });
});

describe("what a capsule was made with", () => {
  test("must be there still: a module that is another stops the play", () => {
    expect(() => demandModules(capsule, column("v8", "ts"), modules)).not.toThrow();
    const other = modules.map((module) => ({ ...module, sha256: "c".repeat(64) }));
    expect(() => demandModules(capsule, column("node", "ts"), other)).toThrow(
      /the module relay \(ts\) is another than the capsule was made with: its SHA-256 is c{64}, not a{64}/,
    );
    expect(() => demandModules(capsule, column("node", "ts"), [])).toThrow("there is no module relay for the guest ts");
    expect(() => demandModules(capsule, column("node", "as"), modules)).not.toThrow();
  });

  test("is told where it is another", () => {
    const changes = (kit: string, name: string, version: string) =>
      changesSince(capsule, { kit, column: column(name, "ts"), info: { host: { name, version } } as never });
    expect(changes("1.2.3", "node", "3")).toEqual([]);
    expect(changes("1.2.4", "node", "4")).toEqual([
      "the kit is 1.2.4; the capsule was made with 1.2.3",
      "the host is version 4; the capsule was made on 3",
    ]);
    expect(changes("1.2.3", "v8", "9")).toEqual(["the column is v8×ts; the capsule was made on node×ts"]);
  });
});

describe("the trial of a capsule", () => {
  const requirements = loadSpec();

  test("is its scenario, or its one schedule", () => {
    expect(trialOf(capsule.play, requirements).scenario.id).toBe(result.id);
    const { scenario } = trialOf({ kind: "exploration", name: "2x1", schedule: [1] }, requirements);
    expect(scenario).toMatchObject({ explores: { choice: [[1]], workload: { procedures: 2, fetches: 1 } } });
  });

  test.each<[string, Capsule["play"]]>([
    ["scenario", { kind: "scenario", id: "ordering/nothing" }],
    ["workload", { kind: "exploration", name: "many", schedule: [] }],
    ["schedule", { kind: "exploration", name: "2x1", schedule: [9] }],
  ])("is refused where this kit has no such %s", (_, play) => {
    expect(() => trialOf(play, requirements)).toThrow(KitError);
  });
});
