import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import type { Column, ModuleEntry } from "../../conformance/run/columns.ts";
import { trialsOf } from "../../conformance/run/run.ts";
import { ColumnRunner } from "../../conformance/run/run-column.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { lazyHost } from "./lazy-host.ts";

const modules: ModuleEntry[] = [
  { name: "relay", guest: "as", path: "relay.wasm", sha256: "0".repeat(64), source: "relay" },
];
const trials = trialsOf(
  loadSpec().filter(({ chapter }) => chapter === "ordering"),
  "none",
);
let origin: GatedOrigin;

beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

async function play(onCall: string, count: number, { from = 0, patience = 20_000 } = {}) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-column-")), "host.mjs");
  writeFileSync(file, lazyHost(onCall));
  const column: Column = {
    host: { name: "odd", guests: ["as"], status: "built", command: [process.execPath, file] },
    guest: "as",
    label: "odd×as",
  };
  const runner = new ColumnRunner(column, { origin, modules, root: "/", seed: "s", patience });
  const results = [];
  for (const trial of trials.slice(from, from + count)) results.push(await runner.result(trial));
  await runner.stop();
  return results;
}

describe("a host that", () => {
  test("dies in a scenario gives error with its frames for that one, and a new process for the next", async () => {
    const results = await play('process.stderr.write("gone by " + process.pid + "\\n"); process.exit(5)', 2);
    expect(results.map(({ verdict, reason }) => ({ verdict, reason }))).toEqual([
      { verdict: "error", reason: "host-exited" },
      { verdict: "error", reason: "host-exited" },
    ]);
    const pids = results.map(({ evidence }) => /gone by (\d+)/.exec(evidence?.join("\n") ?? "")?.[1]);
    expect(pids[0]).toMatch(/^\d+$/);
    expect(pids[1]).not.toBe(pids[0]);
    expect(results[0]?.evidence?.join("\n")).toContain('"method":"call"');
  });

  test("never gives a call's result is stuck, not failed", async () => {
    const [result] = await play("return null", 1, { patience: 300 });
    expect(result).toMatchObject({ verdict: "stuck", reason: "silence" });
  });

  test("refuses a request that every host must take gives error with command and frames", async () => {
    const [result] = await play("return undefined", 1, { from: 2 });
    expect(result).toMatchObject({ verdict: "error", reason: "request-refused" });
    const evidence = result?.evidence?.join("\n");
    expect(evidence).toContain("host.mjs");
    expect(evidence).toContain('"method":"call"');
    expect(evidence).toContain('"code":-32601');
  });

  test("says success and does nothing fails", async () => {
    const results = await play('return { outcome: "returned", value: null, seqs: [1] }', 2);
    expect(results.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ["fail", "wrong-order"],
      ["fail", "wrong-order"],
    ]);
  });

  test("sends no request and declares no quiesce is stuck: that none will come shows by silence alone", async () => {
    const nothing = 'return { outcome: "returned", value: null, seqs: [1] }';
    const [result] = await play(nothing, 1, { from: 2, patience: 300 });
    expect(result).toMatchObject({ verdict: "stuck", reason: "silence" });
  });

  test("says success with made-up numbers and does nothing fails by the rows that are not there", async () => {
    const [result] = await play('return { outcome: "returned", value: null, seqs: [Number(params.call.slice(1))] }', 1);
    expect(result).toMatchObject({
      verdict: "fail",
      reason: "wrong-order",
      message: expect.stringContaining("observed []"),
    });
  });

  test("fails a call that must succeed fails the scenario with the call's error", async () => {
    const error = '{ category: "guest-error", message: "no luck", function: params.function }';
    const [result] = await play(`return { outcome: "failed", seqs: [], error: ${error} }`, 1);
    expect(result).toMatchObject({ verdict: "fail", reason: "call-failed" });
    expect(result?.message).toContain("failed as guest-error: no luck");
  });
});

test("a scenario that speaks of another kind of guest is unsupported, and starts no host", async () => {
  const js = trials.find(({ requirement }) => requirement.guests === "js")!;
  const column: Column = {
    host: { name: "none", guests: ["as"], status: "built", command: ["/nowhere"] },
    guest: "as",
    label: "none×as",
  };
  const runner = new ColumnRunner(column, { origin, modules, root: "/", seed: "s", patience: 1 });
  expect(await runner.result(js)).toMatchObject({ verdict: "unsupported", reason: "guest" });
});
