/**
 * Published histories with the verdicts that their publishers give. `manifest.json` lists each file of the folder: `{"file", "source", "licence", "verdicts"}`, where
 * `verdicts` says of isolation levels whether the history satisfies them, and `shows` (may be absent) which anomalies it shows.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type AnomalyClass,
  forbids,
  implies,
  isForbidden,
  type Level,
} from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { transactionsOfOperations } from "../../conformance/history/jepsen/from-jepsen.ts";
import { parseOperations } from "../../conformance/history/jepsen/parse.ts";

const folder = new URL("published/", import.meta.url);
const entrySchema = z.strictObject({
  file: z.string(),
  source: z.url(),
  licence: z.string(),
  verdicts: z.partialRecord(z.enum(Object.keys(forbids) as [Level, ...Level[]]), z.boolean()),
  shows: z.array(z.string()).optional(),
});

const entries = z.array(entrySchema).parse(JSON.parse(read("manifest.json")));

function read(file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}

describe("published histories", () => {
  test("are all in the manifest", () => {
    const files = readdirSync(folder).filter((file) => /\.(json|jsonl|edn)$/.test(file) && file !== "manifest.json");
    expect(files.toSorted()).toEqual(entries.map(({ file }) => file).toSorted());
  });

  test.each(entries)("$file gets its publisher's verdicts", ({ file, verdicts, shows }) => {
    const { anomalies } = checkIsolation(transactionsOfOperations(parseOperations(file, read(file))));
    const found = anomalies.map((one) => one.class);
    const told = anomalies.map(({ message }) => message).join("\n");
    for (const [level, isSatisfied] of Object.entries(verdicts)) {
      expect(!found.some((one) => isForbidden(level as Level, one)), `${level}\n${told}`).toBe(isSatisfied);
    }
    for (const name of shows ?? []) {
      expect(
        found.some((one) => implies(one, name as AnomalyClass)),
        `${name}\n${told}`,
      ).toBe(true);
    }
  });
});
