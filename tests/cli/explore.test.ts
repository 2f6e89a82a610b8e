import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { columnOf, copyHost, faults } from "../explore/wrong-hosts.ts";
import { evenlane, temporaryFolder } from "./command-line.ts";

const explore = (...args: string[]) => evenlane("explore", ...args, "--host", "node", "--guest", "ts");

describe("evenlane explore", () => {
  test("plays every schedule of a workload and shows how many", async () => {
    const { code, stdout } = await explore("2x1-stepped", "2x1");
    expect(stdout).toContain("node×ts");
    expect(stdout).toMatch(/│ 2x1-stepped\s+│ 4\s+│ \d+\s+│ pass\s+│/);
    expect(stdout).toMatch(/│ 2x1\s+│ 2\s+│ \d+\s+│ pass\s+│/);
    expect(code).toBe(0);
  });

  test("plays one schedule, and says what its steps are", async () => {
    const { code, stdout } = await explore("2x1-stepped", "--schedule", "1,0");
    expect(stdout).toContain("2x1-stepped, schedule 1,0:");
    expect(stdout).toContain("  1. release fetch 0 of p1\n  2. run the lane's next turn\n  3. release fetch 0 of p0\n");
    expect(stdout).toMatch(/│ 2x1-stepped\s+│ 1\s+│ \d+\s+│ pass\s+│/);
    expect(code).toBe(0);
  });

  test.each([
    [["2by1"], '"2by1" is no workload: write PROCEDURESxFETCHES'],
    [["2x1", "--schedule", "1,x"], 'the schedule "1,x" has "x" as number 2'],
    [["2x1", "--schedule", "2"], "the schedule's number 1 is 2, but only 2 steps are enabled there in 2x1"],
    [["--schedule", "0"], "--schedule plays one workload's schedule: name the workload"],
  ])("refuses %j with 2", async (args, message) => {
    const { code, stderr } = await explore(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test("ends with 1 where a host is wrong, and prints a line that plays the failure again", async () => {
    const name = "youngest-first";
    const { host } = columnOf(name, copyHost(`${name}-cli`, faults[name]));
    const file = path.join(temporaryFolder(), "hosts.json");
    writeFileSync(file, JSON.stringify({ version: 1, hosts: [host] }));
    const found = await evenlane("explore", "2x1-stepped", "2x1", "--hosts", file);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/│ 2x1-stepped\s+│ \d+\s+│ \d+\s+│ fail\s+│/);
    expect(found.stdout).toMatch(/│ 2x1\s+│ 2\s+│ \d+\s+│ pass\s+│/);
    const [, line] = /replay: npm start -- (.+)/.exec(found.stdout)!;
    expect(line).toBe(`explore 2x1-stepped --host ${name} --guest ts --hosts ${file} --schedule 0,1,0`);

    const again = await evenlane(...line!.split(" "));
    expect(again.code).toBe(1);
    const told = (text: string) => /not-in-model: (.+)/.exec(text)?.[1]?.replaceAll(/\/\d+/g, "");
    expect(told(again.stdout)).toBe(
      "stepped script: completion of p1 (play); by the model the next turn is the completion of p0 (play)",
    );
    expect(told(again.stdout)).toBe(told(found.stdout));
  });
});
