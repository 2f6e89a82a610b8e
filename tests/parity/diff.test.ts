import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters as plain } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type DiffOptions, diffCommand } from "../../conformance/commands/diff.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { writeHistory } from "../../conformance/history/history-file.ts";
import { root } from "../../conformance/package.ts";
import { columnNamed, pairsOf, trialsNamed } from "../../conformance/parity/pairs.ts";
import { parityReportJsonSchema, parityReportSchema } from "../../conformance/report/parity-report.ts";
import { type HostEntry, readHosts } from "../../conformance/run/columns.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { lockstep, returned } from "./stories.ts";
import { tamperingHost } from "./tampering-host.ts";

const node = readHosts(`${root}/build/hosts.json`).find(({ name }) => name === "node")!;
const folder = () => mkdtempSync(path.join(tmpdir(), "evenlane-diff-"));

async function diff(left: string, right: string, options: Partial<DiffOptions> = {}) {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  const json = path.join(folder(), "parity.json");
  const code = await diffCommand({ left, right, seed: "evenlane", patience: 60, json, ...options });
  vi.restoreAllMocks();
  return { code, out: plain(out), report: parityReportSchema.parse(JSON.parse(readFileSync(json, "utf8"))) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("evenlane diff of two hosts", () => {
  test("shows a line a scenario, and ends with 0 where twins agree", async () => {
    const { code, out, report } = await diff("node:ts", "node:as", { id: "ordering/reducer*" });
    const scenarios = report.comparisons.map(({ scenario }) => scenario);
    expect(scenarios).toContain("ordering/reducer-overtakes-held-procedure");
    expect(report.comparisons.map(({ verdict }) => verdict)).toEqual(scenarios.map(() => "agree-right"));
    for (const scenario of scenarios) expect(out).toContain(`agree       ${scenario}`);
    expect(out.split("\n")[0]).toBe("node×ts node×as");
    expect(code).toBe(0);
  });

  test("pairs the columns of two hosts by guest, and does not compare what one does not speak of", async () => {
    const hosts = tamperingHost(node, "");
    const { code, out, report } = await diff("sound", "tampered", { hosts, id: "with-tx/nested-is-refused" });
    expect(out).toContain("sound×ts tampered×ts");
    expect(out).toContain("sound×as tampered×as");
    expect(report.comparisons).toHaveLength(4);
    expect(code).toBe(0);
    const id = "registration/async-function-runs-on-the-lane#held";
    const silent = await diff("sound:ts", "sound:as", { hosts, id });
    expect(silent.report.comparisons).toMatchObject([
      { verdict: "not-comparable", why: expect.stringContaining("sound×as is unsupported") },
    ]);
    expect(silent.code).toBe(0);
  });

  test("names the event at which they part, both sides, what lies before, and the guest's source, in 80 columns", async () => {
    const hosts = tamperingHost(node, 'if (call.function === "fetchThenRecord") result.value.body = "tampered";');
    const id = "ordering/reducer-overtakes-held-procedure";
    const { code, out, report } = await diff("sound:ts", "tampered:ts", { hosts, id });
    const [comparison] = report.comparisons;
    expect(comparison).toMatchObject({ verdict: "diverge", divergence: { event: "result of call 0" } });
    expect(comparison?.why).toContain("sound×ts passes and tampered×ts fails: not-in-model");
    expect(comparison?.divergence?.what.join()).toMatch(
      /^value.body is ".*" on the left and "tampered" on the right.$/,
    );
    expect(comparison?.divergence?.before.join()).toContain("release held");
    expect(comparison?.divergence?.sources.join()).toMatch(/^fetchThenRecord at modules\/relay\/module\.ts:\d+$/);
    expect(out).toContain("DIVERGE sound×ts tampered×ts");
    expect(out).toContain("again: npm start -- diff sound×ts tampered×ts");
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(code).toBe(1);
  });

  test("ends with 2 where a host is at fault as a program", async () => {
    const hosts = tamperingHost(node, "process.exit(5);");
    const { code, report } = await diff("sound:as", "tampered:as", { hosts, id: "with-tx/nested-is-refused#nested" });
    expect(report.comparisons).toMatchObject([{ verdict: "not-comparable" }]);
    expect(report.comparisons[0]?.why).toContain("tampered×as is error");
    expect(code).toBe(2);
  });
});

describe("evenlane diff of two files", () => {
  const header = { evenlane: "history", version: 1, kit: "1", seed: "s" } as const;
  const file = (column: string, events: HistoryEvent[], scenario = "ordering/x"): string => {
    const name = path.join(folder(), "history.jsonl");
    writeHistory(name, { header: { ...header, column, scenario }, events });
    return name;
  };
  const sound = lockstep(returned("c1", { n: 1 }, 1), returned("c2", { n: 2 }, 2));
  const swapped = lockstep(returned("c1", { n: 2 }, 2), returned("c2", { n: 1 }, 1));

  test("ends with 0 where they are the same, and with 1 where not", async () => {
    const same = await diff(file("v8×ts", sound), file("node×ts", sound));
    expect([same.code, same.report.comparisons[0]?.verdict]).toEqual([0, "agree-right"]);
    const other = await diff(file("v8×ts", sound), file("node×ts", swapped));
    expect([other.code, other.report.comparisons[0]?.verdict]).toEqual([1, "diverge"]);
    expect(other.out).toContain("They part at: result of call 0");
  });

  test("refuses plays of two scenarios, a file beside a host, and an id", async () => {
    const one = file("v8×ts", sound);
    await expect(diff(one, file("v8×ts", sound, "ordering/y"))).rejects.toThrow("no plays of one scenario");
    await expect(diff(one, "node")).rejects.toThrow("is a file, but the other side is a host");
    await expect(diff(one, one, { id: "ordering" })).rejects.toThrow('leave "ordering" out');
  });
});

describe("what is compared", () => {
  const built = (name: string, ...guests: ("ts" | "as")[]): HostEntry => {
    return { name, guests, status: "built", command: [name] };
  };
  const hosts = [built("wasmtime", "as"), built("v8", "ts", "as"), built("node", "ts", "as")];
  const labels = (left: string, right: string) =>
    pairsOf(hosts, left, right).map((pair) => pair.map(({ label }) => label).join(" "));

  test("is a pair of columns, or all of two hosts with one guest", () => {
    expect(labels("v8", "node")).toEqual(["v8×ts node×ts", "v8×as node×as"]);
    expect(labels("wasmtime", "node")).toEqual(["wasmtime×as node×as"]);
    expect(labels("v8:ts", "v8×as")).toEqual(["v8×ts v8×as"]);
    expect(labels("v8:ts", "node")).toEqual(["v8×ts node×ts"]);
    expect(columnNamed(hosts, "wasmtime").label).toBe("wasmtime×as");
  });

  test("must be there", () => {
    expect(() => labels("v9", "node")).toThrow('there is no host or column "v9"; there are wasmtime×as, v8×ts');
    expect(() => labels("wasmtime", "v8:rust")).toThrow('no host or column "v8:rust"');
    expect(() => columnNamed(hosts, "v8")).toThrow("v8 has several columns: name one of v8×ts, v8×as");
  });

  test("are the scenarios of an id, a requirement, a chapter or a pattern", () => {
    const ids = (id?: string) => trialsNamed(loadSpec(), id).map(({ scenario }) => scenario.id);
    expect(ids("ordering/resume-in-release-order#all-ready")).toEqual(["ordering/resume-in-release-order#all-ready"]);
    expect(ids("ordering/resume-in-release-order")).toHaveLength(2);
    expect(ids("ordering/*#all-ready").every((id) => id.endsWith("#all-ready"))).toBe(true);
    expect(ids("with-tx").length).toBeGreaterThan(3);
    expect(ids().length).toBeGreaterThan(ids("with-tx").length);
    expect(() => ids("ordering/*#3x3")).toThrow("is an exploration, which keeps no history to compare");
    expect(() => ids("ordring")).toThrow('the filter "ordring" matches no requirement');
  });
});

test("the committed JSON Schema of the report is that of the zod schema (npm run schemas)", () => {
  expect(readFileSync(`${root}/schemas/parity.json`, "utf8")).toBe(parityReportJsonSchema());
});
