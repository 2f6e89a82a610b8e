import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { benchReportSchema } from "../../conformance/bench/bench-report.ts";
import { root } from "../../conformance/package.ts";
import { evenlane } from "../cli/command-line.ts";

const built = existsSync(`${root}/build/bench/evenlane-bench-origin`);

describe("evenlane bench", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "evenlane-bench-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("names its parts to whoever asks for another, and what --rounds takes", async () => {
    expect(await evenlane("bench", "hold")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'there is no part "hold" of the benchmark; there are held, throughput, reducers, inner, growth, kit',
      ),
    });
    expect(await evenlane("bench", "--rounds", "1.5")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"1.5" is no whole number from 1'),
    });
  });

  test("tells that its file cannot be written before it measures", async () => {
    const file = path.join(folder, "absent/bench.json");
    const { code, stderr } = await evenlane("bench", "held", "--json", file);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file} cannot be written (ENOENT)`);
    expect(stderr).not.toContain("held:");
  });

  test.runIf(built)("measures the parts that are asked for, and writes report and plots", async () => {
    const json = path.join(folder, "bench.json");
    const plots = path.join(folder, "plots");
    const small = ["--host", "v8", "--guest", "ts", "--rounds", "1", "--most", "20"];
    const { code, stdout } = await evenlane("bench", "held", "reducers", ...small, "--json", json, "--plots", plots);
    expect(code).toBe(0);
    const report = benchReportSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    expect(report.held?.map(({ mode, n }) => `${mode} ${n}`)).toEqual([
      "lane 1",
      "lane 10",
      "blocking 1",
      "blocking 10",
    ]);
    expect(report.reducers?.map(({ state }) => state)).toEqual(["idle", "held", "storm"]);
    expect(report).not.toHaveProperty("throughput");
    expect(report.engines["v8×ts"]?.[0]?.name).toBe("v8");
    expect(stdout).toContain("Held procedures");
    expect(existsSync(path.join(plots, "held-memory.svg"))).toBe(true);
  });
});
