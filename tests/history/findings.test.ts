import { describe, expect, test } from "vitest";
import type { CycleEdge } from "../../conformance/history/isolation/anomaly.ts";
import { Findings } from "../../conformance/history/isolation/findings.ts";

describe("of each class", () => {
  test("the first few are kept, in the order found, and all are counted", () => {
    const findings = new Findings(2);
    for (const number of [1, 2, 3, 4]) findings.add("G1a", [`t${number}`], `aborted read ${number}`);
    findings.add("G0", ["t5"], "dirty write");
    expect(findings.anomalies).toEqual([
      { class: "G1a", transactions: ["t1"], message: "aborted read 1" },
      { class: "G1a", transactions: ["t2"], message: "aborted read 2" },
      { class: "G0", transactions: ["t5"], message: "dirty write" },
    ]);
    expect([...findings.counts]).toEqual([
      ["G1a", 4],
      ["G0", 1],
    ]);
  });

  test("what was told before is neither told nor counted again", () => {
    const findings = new Findings(3);
    findings.add("G1a", ["t1"], "the same");
    findings.add("G1a", ["t1"], "the same");
    findings.add("G1a", ["t2"], "another");
    expect(findings.anomalies.map(({ message }) => message)).toEqual(["the same", "another"]);
    expect(findings.counts.get("G1a")).toBe(2);
  });
});

test("a cycle is kept with the anomaly that it shows, and none where there is none", () => {
  const cycle: CycleEdge[] = [{ from: "t1", to: "t2", kind: "ww", because: "t2 wrote over what t1 wrote" }];
  const findings = new Findings(1);
  findings.add("G0", ["t1", "t2"], "a cycle of writes", cycle);
  findings.add("G1b", ["t1"], "an intermediate read");
  expect(findings.anomalies[0]?.cycle).toEqual(cycle);
  expect(findings.anomalies[1]).not.toHaveProperty("cycle");
});
