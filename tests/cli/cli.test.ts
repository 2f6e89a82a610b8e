import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { reportSchema } from "../../conformance/report/json-report.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { lifeline } from "../lifeline.ts";
import { evenlane, hostsFile, interruptible, temporaryFolder } from "./command-line.ts";

const one = "ordering/commit-before-result";

describe("evenlane list", () => {
  test("names every requirement, with its scenarios as JSON", async () => {
    const plain = await evenlane("list");
    expect(plain.code).toBe(0);
    for (const { id, level } of loadSpec()) expect(plain.stdout).toContain(`${id}  ${level}`);
    const { requirements } = JSON.parse((await evenlane("list", "--json", "--hosts", hostsFile(""))).stdout);
    expect(requirements.map((requirement: { id: string }) => requirement.id)).toEqual(loadSpec().map(({ id }) => id));
    for (const { scenarios, columns, guests } of requirements) {
      expect(scenarios.length).toBeGreaterThan(0);
      expect(columns).toEqual(guests === "wasm" ? [] : ["odd×ts"]);
    }
  });
});

describe("evenlane explain", () => {
  test("shows a requirement's text, place and scenarios", async () => {
    const { code, stdout } = await evenlane("explain", "concurrency/n-procedures-held-at-once");
    expect(code).toBe(0);
    expect(stdout).toContain("At least 1,000 procedures can be held at once.");
    expect(stdout).toMatch(/spec\/concurrency\.md:\d+/);
    expect(stdout).toContain("concurrency/n-procedures-held-at-once#n=1000");
  });

  test("proposes the nearest for an id that is not there", async () => {
    const { code, stderr } = await evenlane("explain", "ordering/n-procedures-held-at-once");
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean concurrency/n-procedures-held-at-once?");
  });
});

describe("bad input ends with 2 and says what to do", () => {
  const list = () => hostsFile("");

  test.each([
    ["an unknown host", ["run", "--host", "wasmtme"], 'there is no host "wasmtme"; there are odd'],
    ["an unknown guest", ["run", "--guest", "rust"], 'there is no guest "rust"; there are ts'],
    ["an unknown filter", ["run", "--filter", "ordring"], 'the filter "ordring" matches no requirement'],
    ["an unknown option", ["run", "--hst", "x"], "unknown option '--hst'"],
    ["patience that is no time", ["run", "--patience", "soon"], '--patience takes seconds above 0, not "soon"'],
    ["a report that cannot be written", ["run", "--json", "/nowhere/at/all.json"], "the report cannot be written to"],
  ])("%s", async (_, args, message) => {
    const { code, stderr } = await evenlane(...args, "--hosts", list());
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test.each([
    ["is not there", undefined, "cannot be read (ENOENT)"],
    ["is no JSON", "{", "is not JSON"],
    ["has an unknown field", '{"version":1,"hosts":[],"extra":1}', 'Unrecognized key: "extra"'],
  ])("a list of hosts that %s", async (_, text, message) => {
    const file = path.join(temporaryFolder(), "hosts.json");
    if (text !== undefined) writeFileSync(file, text);
    const { code, stderr } = await evenlane("run", "--hosts", file);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("a host that is at fault as a program gives error, with argv, frames and standard error", () => {
  test.each([
    [
      "dies at start",
      'process.stderr.write("out of luck\\n"); process.exit(3)',
      ["ended with exit code 3", "| out of luck"],
    ],
    ["prints garbage", 'console.log("Listening on 8080"); process.stdin.resume()', ["Listening on 8080"]],
    ["never answers", "process.stdin.resume()", ["did not answer initialize", "kit  → {"]],
    [
      "says that it runs another guest",
      `import { createInterface } from "node:readline";
       for await (const line of createInterface({ input: process.stdin })) {
         const { id, method, params } = JSON.parse(line);
         const profile = { tx: "named", retry: "none", blockingPool: null, requestBurst: 64, maxInFlight: null };
         const info = { protocol: 1, nonce: params.nonce, host: { name: "odd", version: "1" }, engines: [], guests: ["as"], capabilities: [], profile };
         const answer = { initialize: { result: info }, shutdown: { result: {} } }[method] ?? { error: { code: -32601, message: "no" } };
         console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
         if (method === "shutdown") process.exit(0);
       }`,
      ["The host says that it runs the guests as, but odd×ts is a column"],
    ],
  ])("%s", async (_, program, messages) => {
    const json = path.join(temporaryFolder(), "report.json");
    const args = ["--filter", one, "--patience", "2", "--json", json];
    const { code, stdout } = await evenlane("run", "--hosts", hostsFile(program), ...args);
    expect(code).toBe(2);
    for (const message of messages) expect(stdout).toContain(message);
    expect(stdout).toContain("host.mjs");
    const report = reportSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    expect(report.exitCode).toBe(2);
    expect(report.cells.map(({ requirement, verdict }) => ({ requirement, verdict }))).toEqual([
      { requirement: one, verdict: "error" },
    ]);
  });
});

test("a host that is not built is shown so, with the reason, and the run ends with 2", async () => {
  const file = path.join(temporaryFolder(), "hosts.json");
  const host = {
    name: "absent",
    guests: ["as"],
    status: "not-built",
    reason: "the compiler was not found: install it",
  };
  writeFileSync(file, JSON.stringify({ version: 1, hosts: [host] }));
  const { code, stdout } = await evenlane("run", "--hosts", file, "--filter", one);
  expect(code).toBe(2);
  expect(stdout).toContain("n/b");
  expect(stdout).toContain("the compiler was not found: install it");
});

test("Ctrl-C ends the command line with 130 and leaves no host behind", async () => {
  const { pipe, line, over } = lifeline(temporaryFolder());
  const program = `import { openSync, writeSync } from "node:fs";
    writeSync(openSync(${JSON.stringify(pipe)}, "w"), "started\\n");
    process.on("SIGINT", () => {});
    process.stdin.resume();`;
  const ran = interruptible("run", "--hosts", hostsFile(program), "--filter", one);
  expect(await line).toBe("started");
  ran.child.kill("SIGINT");
  expect((await ran.ended).code).toBe(130);
  await over;
});
