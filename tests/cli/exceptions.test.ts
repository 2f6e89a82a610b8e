/** `run --exceptions`, on a host whose calls do nothing and succeed all the same: what is to be ordered is never there. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { reportSchema } from "../../conformance/report/json-report.ts";
import { lazyHost } from "../run/lazy-host.ts";
import { evenlane, hostsFile, temporaryFolder } from "./command-line.ts";

const broken = "ordering/reducers-in-submission-order";
const lazy = hostsFile(lazyHost('return { outcome: "returned", value: null, seqs: [1] }'), ["as"]);

interface Fields {
  readonly requirement?: string;
  readonly column?: string;
  readonly code?: string;
  readonly expires?: string;
  readonly intermittent?: string;
}

/** A file with one exception, which begins in line 3. */
function exceptionsFile(fields: Fields): string {
  const all = { requirement: broken, column: "odd:as", code: "wrong-order", expires: "9999-12-31", ...fields };
  const more = { reason: "Its calls do nothing.", link: "https://example.org/7", owner: "host team" };
  const lines = Object.entries({ ...all, ...more }).map(([key, value]) => `${key}: ${value}`);
  const file = path.join(temporaryFolder(), "known.yaml");
  writeFileSync(file, `version: 1\nexceptions:\n  - ${lines.join("\n    ")}\n`);
  return file;
}

async function run(file: string, ...options: readonly string[]) {
  const json = path.join(temporaryFolder(), "report.json");
  const quick = ["--explore", "none", "--plain", "--json", json, "--capsules", temporaryFolder()];
  const ran = await evenlane("run", "--exceptions", file, ...quick, ...options);
  return { ...ran, report: () => reportSchema.parse(JSON.parse(readFileSync(json, "utf8"))), json };
}
const runLazy = (file: string, ...options: readonly string[]) =>
  run(file, "--hosts", lazy, "--filter", broken, ...options);

describe("a cell that fails", () => {
  test("as its exception says is excepted: the run ends with 0 and tells the exception", async () => {
    const file = exceptionsFile({});
    const { code, stdout, report } = await runLazy(file);
    expect(stdout).toMatch(/^ {2}reducers-in-submission-order +exc$/m);
    expect(stdout).toContain("1 excepted (exc): fails as an exception says");
    expect(stdout).toMatch(
      /^Excepted\n1 excepted\nexcepted odd×as ordering\/reducers-in-submission-order: wrong-order\n {2}Its calls do nothing\.\n {2}https:\/\/example\.org\/7\n {2}owner: host team; until 9999-12-31, \d+ days left \(.+known\.yaml:3\)$/m,
    );
    expect(stdout).not.toContain("FAIL");
    expect(code).toBe(0);
    expect(report()).toMatchObject({
      exitCode: 0,
      unmatched: [],
      cells: [{ verdict: "excepted", reason: "wrong-order", exception: { at: `${file}:3`, owner: "host team" } }],
    });
  });

  test("fails as ever without an exception, with an exception for another code, and with one that has expired", async () => {
    const none = path.join(temporaryFolder(), "none.yaml");
    writeFileSync(none, "version: 1\nexceptions: []\n");
    expect(await runLazy(none)).toMatchObject({ code: 1, stdout: expect.not.stringContaining("not excepted") });
    const other = exceptionsFile({ code: "wrong-value" });
    const otherwise = await runLazy(other);
    expect(otherwise.code).toBe(1);
    expect(otherwise.stdout).toContain(
      `not excepted: the exception in ${other}:3 is for wrong-value, not for wrong-order`,
    );
    const old = exceptionsFile({ expires: "2020-02-29" });
    const expired = await runLazy(old);
    expect(expired.code).toBe(1);
    expect(expired.stdout).toContain(`not excepted: the exception in ${old}:3 expired on 2020-02-29`);
    expect(expired.report().cells).toMatchObject([{ verdict: "fail", reason: "wrong-order" }]);
  });

  test("and that is not selected is not judged", async () => {
    const file = exceptionsFile({ requirement: "ordering/resume-in-release-order" });
    expect(await runLazy(file)).toMatchObject({ code: 1, stderr: expect.not.stringContaining("matches nothing") });
  });
});

describe("a cell that passes", () => {
  const kept = "ordering/commit-before-result";
  const column = { requirement: kept, column: "node:ts" };
  const node = ["--host", "node", "--guest", "ts", "--filter", kept];

  test("though it has an exception fails as unexpected-pass, and the run ends with 1", async () => {
    const file = exceptionsFile(column);
    const { code, stdout, report } = await run(file, ...node);
    expect(stdout).toContain(`FAIL node×ts ${kept}\n  unexpected-pass: the exception in ${file}:3 says that it fails`);
    expect(stdout).toContain(`--filter ${kept} --seed evenlane --exceptions ${file}`);
    expect(code).toBe(1);
    expect(report()).toMatchObject({ exitCode: 1, cells: [{ verdict: "fail", reason: "unexpected-pass" }] });
  });

  test("though it may fail is intermittent, and the run ends with 0", async () => {
    const { code, stdout } = await run(exceptionsFile({ ...column, intermittent: "true" }), ...node);
    expect(stdout).toMatch(/^ {2}commit-before-result +int$/m);
    expect(stdout).toContain("1 intermittent, of which 1 passed and 0 failed");
    expect(stdout).toContain(`intermittent node×ts ${kept}: passed this time`);
    expect(code).toBe(0);
  });
});

test("an exception that matches nothing is told with its line, once the report is written, and the run ends with 2", async () => {
  const requirement = "concurrency/n-procedures-held-at-once";
  const file = path.join(temporaryFolder(), "hosts.json");
  const host = { name: "absent", guests: ["as"], status: "not-built", reason: "there is no compiler" };
  writeFileSync(file, JSON.stringify({ version: 1, hosts: [host] }));
  const known = exceptionsFile({ requirement, column: "absent" });
  const { code, stderr, report } = await run(known, "--hosts", file, "--filter", requirement);
  const line = `${known}:3:5: the exception of ${requirement} matches nothing: absent×as is not-built (there is no compiler); remove it`;
  expect(stderr).toContain(line);
  expect(report()).toMatchObject({ exitCode: 2, unmatched: [line] });
  expect(code).toBe(2);
});

test("mistakes are told before anything runs, and the run ends with 2", async () => {
  const file = exceptionsFile({ column: "odd×ts", code: "wrong-odor" });
  const { code, stdout, stderr, json } = await runLazy(file);
  expect(stderr).toContain("nothing was run, for 2 mistakes in the exceptions:\n");
  expect(stderr).toContain(`${file}:4:13: there is no host or column "odd×ts"; did you mean odd×as?`);
  expect(stderr).toContain(`${file}:5:11: "wrong-odor" is no reason code; did you mean wrong-order?`);
  expect(stdout).toBe("");
  expect(existsSync(json)).toBe(false);
  expect(code).toBe(2);
});

test("the example of the README is one that runs", async () => {
  const [, text = ""] = /```yaml\n([^`]+)```/.exec(readFileSync(`${root}/README.md`, "utf8"))!;
  const file = path.join(temporaryFolder(), "known.yaml");
  writeFileSync(file, text.replaceAll(/expires: .*/g, "expires: 9999-12-31"));
  const [, requirement = ""] = /requirement: (\S+)/.exec(text)!;
  const [, host = "", guest = ""] = /column: (\w+)×(\w+)/.exec(text)!;
  const { code, stdout } = await run(file, "--host", host, "--guest", guest, "--filter", requirement);
  expect(stdout).toContain("1 intermittent, of which 1 passed and 0 failed");
  expect(code).toBe(0);
});
