/** `check`, `convert`, and what a run leaves behind for `replay` and `diff`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { evenlane, temporaryFolder } from "./command-line.ts";

const published = path.join(root, "tests/history/published");

describe("evenlane check", () => {
  test("names the anomaly of a bad history, with its cycle in words and as a graph", async () => {
    const { code, stdout } = await evenlane("check", path.join(published, "g0-cycle.json"), "--dot");
    expect(code).toBe(1);
    expect(stdout).toContain("G0: a cycle of 2 transactions");
    expect(stdout).toMatch(/T1 < T3, because T3 appended 2 at 1 after T1's 1/);
    expect(stdout).toContain('"T1" -> "T3"');
  });

  test("accepts a good history, in EDN too", async () => {
    const { code, stdout } = await evenlane("check", path.join(published, "one-order.edn"));
    expect(code).toBe(0);
    expect(stdout).toContain("nothing against a serial order in 6 transactions");
  });

  test("names the line and the field of what is no history", async () => {
    const file = path.join(temporaryFolder(), "bad.json");
    writeFileSync(
      file,
      '[{"type":"ok","process":0,"f":"txn","value":[["append",1,1]]},\n{"type":"maybe","process":0}]\n',
    );
    const { code, stderr } = await evenlane("check", file);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:2: field type`);
    expect(await evenlane("check", "/no/such/file")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be read (ENOENT)"),
    });
  });
});

describe("what a run leaves behind", () => {
  const folder = temporaryFolder();
  const scenario = "isolation/no-write-skew";
  const played = evenlane(
    "run",
    "--plain",
    "--host",
    "node",
    "--guest",
    "ts",
    "--filter",
    scenario,
    "--histories",
    folder,
  );

  test("a history of each scenario, which is checked, converted, and compared with itself", async () => {
    expect(await played).toMatchObject({ code: 0 });
    const files = readdirSync(folder).map((file) => path.join(folder, file));
    expect(files).toHaveLength(3);
    const file = files.find((one) => one.includes("overlapping"))!;
    expect(await evenlane("check", file)).toMatchObject({ code: 0 });

    const converted = await evenlane("convert", file, "--workload", "rw-register");
    expect(converted.code).toBe(0);
    const asJepsen = path.join(folder, "jepsen.json");
    writeFileSync(asJepsen, converted.stdout);
    expect(await evenlane("check", asJepsen)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("in 4 transactions"),
    });
    expect(await evenlane("convert", file, "--workload", "list-append")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be said as list-append"),
    });
    expect(await evenlane("diff", file, file)).toMatchObject({ code: 0 });
  });

  test("a history that was tampered with is told, by line and field or by what it shows", async () => {
    await played;
    const file = readdirSync(folder).find((one) => one.includes("g2-item-overlapping"))!;
    const text = readFileSync(path.join(folder, file), "utf8");
    const broken = path.join(folder, "broken.jsonl");
    writeFileSync(broken, text.replace('"kind":"connect"', '"kind":"konnect"'));
    const { code, stderr } = await evenlane("check", broken);
    expect(code).toBe(2);
    expect(stderr).toMatch(/broken\.jsonl:3: field kind/);

    const skewed = path.join(folder, "skewed.jsonl");
    expect(text).toContain('"tx":[null,11,');
    writeFileSync(skewed, text.replace('"tx":[null,11,', '"tx":[null,10,'));
    const told = await evenlane("check", skewed);
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/G2-item|seen-otherwise|no serial order/);
  });
});
