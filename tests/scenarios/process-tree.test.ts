import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuTimeOf } from "../../conformance/scenarios/cpu-time.ts";
import { memoryMaps, openFiles, processTree, residentBytes } from "../../conformance/scenarios/process-tree.ts";
import { countThreads } from "../../conformance/scenarios/threads.ts";

describe.runIf(process.platform === "linux")("a process and its descendants", () => {
  let child: ChildProcess;
  const sleeper = "process.stdout.write('.'); process.stdin.on('end', () => process.exit()).resume();";

  beforeAll(async () => {
    child = spawn(process.execPath, ["--eval", sleeper], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout!, "data");
  });

  afterAll(async () => {
    child.stdin!.end();
    if (child.exitCode === null) await once(child, "exit");
  });

  test("are found by the parent's id", () => {
    expect(processTree(process.pid)).toContain(child.pid);
    expect(processTree(child.pid!)).toEqual([child.pid]);
  });

  test("are counted together", () => {
    expect(countThreads(process.pid)).toBeGreaterThan(countThreads(child.pid!));
    expect(residentBytes(process.pid)).toBeGreaterThan(residentBytes(child.pid!));
    expect(memoryMaps(process.pid)).toBeGreaterThan(memoryMaps(child.pid!));
    expect(residentBytes(child.pid!)).toBeGreaterThan(1024 * 1024);
  });

  test("have a file more open where one was opened", () => {
    const before = openFiles(process.pid);
    const files = Array.from({ length: 50 }, () => openSync("/dev/null", "r"));
    const during = openFiles(process.pid);
    for (const file of files) closeSync(file);
    // Other tests of this process may open and close a few meanwhile.
    expect(during - before).toBeGreaterThan(25);
  });

  test("use CPU time while they compute", () => {
    const before = cpuTimeOf(process.pid);
    for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 100_000; );
    expect(cpuTimeOf(process.pid) - before).toBeGreaterThanOrEqual(90);
  });
});
