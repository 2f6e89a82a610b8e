import { expect, test } from "vitest";
import { Driver } from "../../conformance/bench/driver.ts";
import type { ModuleEntry } from "../../conformance/run/columns.ts";

/** A host of a few lines: `answer` gives the text of a frame's result or error, `exit` ends it. */
function hostThat(answer: string): readonly string[] {
  const source = `
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method, params } = JSON.parse(line);
      const say = (rest) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...rest }) + "\\n");
      if (method === "initialize") return say({ result: { engines: [{ name: "none", version: "1" }] } });
      if (method === "module/load") return say({ result: { module: "m1" } });
      if (method === "connection/open") return say({ result: {} });
      ${answer}
    });`;
  return [process.execPath, "-e", source];
}

const entry: ModuleEntry = { name: "load", guest: "ts", path: "load.js", sha256: "0".repeat(64), source: "load.ts" };

async function driving<T>(answer: string, use: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = await Driver.start({ name: "small", command: hostThat(answer) }, "127.0.0.1:1", "virtual");
  try {
    await driver.load(entry, "ts", "/nowhere");
    return await use(driver);
  } finally {
    await driver.stop();
  }
}

const returns = `say({ result: { outcome: "returned", value: null, seqs: [] } });`;

test("keeps so many calls in flight and no more, until all have returned", async () => {
  const counting = `
    globalThis.waiting ??= [];
    waiting.push(say);
    globalThis.most = Math.max(globalThis.most ?? 0, waiting.length);
    if (method === "stats") return say({ result: { modules: [{ module: "m1", instances: most, fetchesInFlight: 0, outcomes: 0 }] } });
    setImmediate(() => { for (const one of waiting.splice(0)) one({ result: { outcome: "returned", value: null, seqs: [] } }); });`;
  await driving(counting, async (driver) => {
    const indices: number[] = [];
    await driver.pump(50, 7, (index) => {
      indices.push(index);
      return ["put", { key: `k${index}` }];
    });
    expect(indices).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect((await driver.stats()).instances).toBe(7);
  });
});

test("a call that fails ends the measurement with its category and message", async () => {
  const fails = `say({ result: { outcome: "failed", error: { category: "guest-error", message: "no row", function: "put" }, seqs: [] } });`;
  await driving(fails, async (driver) => {
    await expect(driver.pump(10, 2, () => ["put", { key: "k" }])).rejects.toThrow(
      "put failed on small (guest-error: no row)",
    );
    await expect(
      driver.oneByOne(
        () => true,
        () => ["put", { key: "k" }],
      ),
    ).rejects.toThrow("guest-error");
  });
});

test("a refused request is told with the host's words", async () => {
  await driving(`say({ error: { code: -32601, message: "no such method" } });`, async (driver) => {
    await expect(driver.stats()).rejects.toThrow("small refuses a request: no such method");
  });
});

test("a host that ends under load ends all that waits, with what it said last", async () => {
  await driving(`process.stderr.write("out of memory", () => process.exit(3));`, async (driver) => {
    await expect(driver.all([["put", { key: "k" }]])).rejects.toThrow(
      /small ended \(exit code 3\) under load; its standard error ends with: out of memory/,
    );
    await expect(driver.stats()).rejects.toThrow("ended");
  });
});

test("calls one by one are each timed, and the answers to others in between are counted", async () => {
  // The first put is answered after the answers to two requests that wait.
  const holding = `
    globalThis.asked ??= [];
    if (method === "stats") { asked.push(say); return; }
    for (const one of asked.splice(0)) one({ result: { modules: [{ module: "m1" }] } });
    ${returns}`;
  await driving(holding, async (driver) => {
    const waiting = [driver.stats(), driver.stats()];
    const { nanoseconds, mostBetween } = await driver.oneByOne(
      (done) => done < 5,
      () => ["put", { key: "k" }],
    );
    await Promise.all(waiting);
    expect(nanoseconds.count).toBe(5);
    expect(nanoseconds.min).toBeGreaterThan(0);
    expect(mostBetween).toBe(2);
  });
});

test("a program that is not there is told", async () => {
  await expect(
    Driver.start({ name: "absent", command: ["/no/such/program"] }, "127.0.0.1:1", "virtual"),
  ).rejects.toThrow("absent cannot be started: there is no program /no/such/program");
});
