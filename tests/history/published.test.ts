/**
 * Histories that others have published, with the verdicts that they give. `manifest.json` lists every file of its folder: `anomaly` is the
 * class that is to be found, or one that implies it; null is an accepted history; `stale` is any cycle that only real time closes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type AnomalyClass, implies, isForbidden } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { oracleLimit, serialOrders } from "../../conformance/history/isolation/oracle.ts";
import { transactionsOfOperations } from "../../conformance/history/jepsen/from-jepsen.ts";
import { parseOperations } from "../../conformance/history/jepsen/parse.ts";

const folder = new URL("published/", import.meta.url);
const manifestSchema = z.strictObject({
  about: z.string(),
  histories: z.array(
    z.strictObject({
      file: z.string(),
      workload: z.enum(["list-append", "rw-register"]),
      anomaly: z.string().nullable(),
      source: z.string(),
      note: z.string().optional(),
    }),
  ),
});

const { histories } = manifestSchema.parse(JSON.parse(read("manifest.json")));

function read(file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}

/** Whether a class found is the one that the manifest names, or implies it. */
function isNamed(found: AnomalyClass, name: string): boolean {
  return name === "stale" ? found.endsWith("-realtime") : implies(found, name as AnomalyClass);
}

describe("published histories", () => {
  test("are all in the manifest", () => {
    const files = readdirSync(folder).filter((file) => /\.(json|jsonl|edn)$/.test(file) && file !== "manifest.json");
    expect(files.toSorted()).toEqual(histories.map(({ file }) => file).toSorted());
  });

  test.each(histories)("$file: $anomaly", ({ file, anomaly }) => {
    const transactions = transactionsOfOperations(parseOperations(file, read(file)));
    expect(transactions.length).toBeGreaterThan(0);
    const { anomalies, unjudged } = checkIsolation(transactions);
    const told = anomalies.map(({ class: name, message }) => `${name}: ${message}`).join("\n");
    expect(unjudged).toEqual([]);
    if (anomaly === null) expect(told).toBe("");
    else
      expect(
        anomalies.some((one) => isNamed(one.class, anomaly)),
        told,
      ).toBe(true);
    if (anomaly === "stale")
      expect(
        anomalies.some((one) => isForbidden("serializable", one.class)),
        told,
      ).toBe(false);
    if (transactions.length <= oracleLimit)
      expect(serialOrders(transactions, new Map()).length > 0).toBe(anomaly === null);
  });
});
