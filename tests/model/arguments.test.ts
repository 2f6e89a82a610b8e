import { expect, test } from "vitest";
import { misfits, type Params } from "../../conformance/model/arguments.ts";
import { procedure, syncProcedure } from "../../conformance/model/program.ts";
import { machineOf, noting, order, run, submit } from "./machines.ts";

const params: Params = { s: "string", n: "number", b: "boolean", l: "string[]", j: "json" };
const fitting = { s: "", n: -0.5, b: false, l: [], j: { nested: [null] } };

test.each([
  [{}, []],
  [{ j: null }, []],
  [{ s: 1 }, ["s"]],
  [{ s: null }, ["s"]],
  [{ n: "1" }, ["n"]],
  [{ b: 0 }, ["b"]],
  [{ l: "a" }, ["l"]],
  [{ l: ["a", 1] }, ["l"]],
  [{ l: { 0: "a" } }, ["l"]],
  [{ extra: 1, n: null }, ["n", "extra"]],
])("of fitting arguments with %j, %j do not fit", (changed, wrong) => {
  expect(misfits(params, { ...fitting, ...changed })).toEqual(wrong);
});

test("what is missing does not fit", () => {
  expect(misfits(params, {})).toEqual(Object.keys(params));
  expect(misfits(Object.fromEntries([["toString", "json"]]), {})).toEqual(["toString"]);
});

test.each([
  ["a reducer", noting.note!],
  ["a procedure", procedure(function* () {})],
  ["a procedure of the blocking path", syncProcedure(function* () {})],
])("%s does not begin where its arguments do not fit", (_, program) => {
  const machine = machineOf({ take: { ...program, params: { token: "string" } } });
  const call = submit(machine, "a", "take", { token: 1 });
  const end = { outcome: "failed", category: "bad-arguments", message: undefined, naming: ["token"] };
  expect([call.end, machine.quiet]).toEqual([end, true]);
  const fits = submit(machine, "b", "take");
  run(machine);
  expect([fits.end?.outcome, order(machine).includes(1)]).toEqual(["returned", false]);
});
