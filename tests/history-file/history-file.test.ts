import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventSchema, historyJsonSchema } from "../../conformance/history/event-schema.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import {
  HistoryFileError,
  historyText,
  parseHistory,
  readHistory,
  writeHistory,
} from "../../conformance/history/history-file.ts";
import { root } from "../../conformance/package.ts";
import { KitError } from "../../conformance/run/kit-error.ts";
import { oneRun, story, tell } from "./arbitrary-history.ts";

const header = {
  evenlane: "history",
  version: 1,
  kit: "1.2.3",
  scenario: "ordering/x",
  column: "v8×ts",
  seed: "seven",
} as const;
const headerLine = JSON.stringify(header, Object.keys(header).sort());

function complaint(...lines: string[]): HistoryFileError {
  try {
    parseHistory(lines.join("\n"), "a.jsonl");
  } catch (error) {
    if (error instanceof HistoryFileError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("a history file", () => {
  test("gives back every history that was written", () => {
    fc.assert(
      fc.property(story, (choices) => {
        const history = { header, events: tell(choices, oneRun) };
        expect(parseHistory(historyText(history), "a.jsonl")).toEqual(history);
      }),
    );
  });

  test("is written to a folder and read from it", () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-history-")), "a.jsonl");
    const history = { header, events: tell([1, 2, 3, 500], oneRun) };
    writeHistory(file, history);
    expect(readHistory(file)).toEqual(history);
  });

  test("has a header and an event a line, in the form of RFC 8785", () => {
    const arrive = { kind: "arrive", gate: "g", method: "GET", target: "/g", bytes: -0, index: 7 } as const;
    const text = historyText({ header, events: [{ kind: "origin", event: arrive }] });
    expect(text).toBe(
      `${headerLine}\n{"event":{"bytes":0,"gate":"g","kind":"arrive","method":"GET","target":"/g"},"kind":"origin"}\n`,
    );
  });

  test.each<[string, string[], number, string, string]>([
    ["no header", ['{"kind":"connected","connection":"k"}'], 1, "evenlane", 'expected "history"'],
    ["another version", [headerLine.replace('"version":1', '"version":2')], 1, "version", "expected 1"],
    ["no JSON", [headerLine, "{"], 2, "", "it is not JSON"],
    ["an empty line", [headerLine, "", headerLine], 2, "", "it is not JSON"],
    ["an unknown kind", [headerLine, '{"kind":"noise"}'], 2, "kind", "Invalid"],
    ["an unknown field", [headerLine, '{"kind":"advance","to":1,"by":2}'], 2, "", '"by"'],
    [
      "a seq of 0",
      [headerLine, '{"kind":"result","call":"c","result":{"outcome":"returned","value":1,"seqs":[1,0]}}'],
      2,
      "result.seqs.1",
      ">=1",
    ],
    ["nothing at all", [""], 1, "", "it is empty"],
  ])("with %s is refused with file, line and field", (_, lines, line, field, message) => {
    const error = complaint(...lines);
    expect({ file: error.file, line: error.line, field: error.field }).toEqual({ file: "a.jsonl", line, field });
    expect(error.message).toContain(`a.jsonl:${line}: `);
    expect(error.message).toContain(message);
    expect(error).toBeInstanceOf(KitError);
  });

  test("that is not there is told", () => {
    expect(() => readHistory("/nowhere/a.jsonl")).toThrow("/nowhere/a.jsonl cannot be read (ENOENT)");
  });
});

test("the schema takes every event that is told", () => {
  fc.assert(
    fc.property(story, (choices) => {
      for (const event of tell(choices, oneRun)) expect(eventSchema.parse(event)).toEqual<HistoryEvent>(event);
    }),
  );
});

test("the committed JSON Schema is that of the zod schema (npm run schemas)", () => {
  expect(readFileSync(`${root}/schemas/history.json`, "utf8")).toBe(historyJsonSchema());
});
