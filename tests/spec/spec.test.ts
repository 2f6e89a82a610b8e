import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { exceptionCodes } from "../../conformance/run/exception.ts";
import { catalogueFaults, scenarios } from "../../conformance/scenarios/catalogue.ts";
import { maxHeld } from "../../conformance/scenarios/probes.ts";
import { scenario } from "../../conformance/scenarios/scenario.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { parseChapter } from "../../conformance/spec/parse-chapter.ts";

const block = (attributes: string, body: string) => `# Ordering\n\n:::requirement{${attributes}}\n${body}\n:::\n`;
const good = 'slug="some-thing" level="MUST" guests="any"';
const parts = `A host does one thing before another, whatever else it is asked to do meanwhile.

**Stimulus.** Something is submitted, and then something else, none waiting for the other.

**Required.** The first is observed before the second.

**Forbidden.** The second before the first.

**Rationale.** Whoever relies on the first must find it.

**Source.** The contract.`;

describe("the spec as it stands", () => {
  const requirements = loadSpec();

  test("has a scenario for each requirement and a requirement for each scenario", () => {
    expect(catalogueFaults(requirements)).toEqual([]);
  });

  test("holds the ids that its version froze: none has gone or was renamed, and none is missing in the list", () => {
    const frozen = readFileSync(`${root}/spec/frozen/1.txt`, "utf8").trimEnd().split("\n");
    expect(requirements.map(({ id }) => id).toSorted()).toEqual(frozen);
  });

  test("holds the reason codes that its version froze, which files of exceptions name", () => {
    const frozen = readFileSync(`${root}/spec/frozen/1-codes.txt`, "utf8").trimEnd().split("\n");
    expect(exceptionCodes.toSorted()).toEqual(frozen);
  });
});

describe("the cross-check of spec and scenarios", () => {
  const requirements = parseChapter(block(`${good} sizes="2 8"`, parts), "spec/ordering.md");
  const text = { title: "t", module: "relay", probes: [maxHeld(1)], play: async () => {} };
  const both = ["n=2", "n=8"].map((variant) => scenario({ ...text, requirement: "ordering/some-thing", variant }));

  test("accepts a scenario for each size", () => {
    expect(catalogueFaults(requirements, both)).toEqual([]);
  });

  test("names a requirement without a scenario, and its sizes", () => {
    expect(catalogueFaults(requirements, [])).toEqual([
      "ordering/some-thing has no scenario",
      "ordering/some-thing has no scenario for the size 2",
      "ordering/some-thing has no scenario for the size 8",
    ]);
  });

  test("names a scenario without a requirement, one without a probe, and one that stands twice", () => {
    const stray = scenario({ ...text, requirement: "ordering/other", probes: [] });
    expect(catalogueFaults(requirements, [...both, both[0]!, stray])).toEqual([
      "scenario ordering/some-thing#n=2 stands twice",
      "scenario ordering/some-thing#n=2 stands twice",
      "scenario ordering/other belongs to no requirement of the spec",
      "scenario ordering/other declares no probe: its pass would mean nothing",
    ]);
  });

  test("covers every scenario that there is", () => {
    expect(catalogueFaults([], scenarios).length).toBe(scenarios.length);
  });
});

describe("a chapter", () => {
  const parse = (markdown: string) => parseChapter(markdown, "spec/ordering.md");

  test("gives its requirements with id, parts and place", () => {
    expect(parse(block(good, parts))).toEqual([
      {
        id: "ordering/some-thing",
        chapter: "ordering",
        level: "MUST",
        guests: "any",
        sizes: [],
        statement: "A host does one thing before another, whatever else it is asked to do meanwhile.",
        stimulus: "Something is submitted, and then something else, none waiting for the other.",
        required: "The first is observed before the second.",
        forbidden: "The second before the first.",
        rationale: "Whoever relies on the first must find it.",
        source: "The contract.",
        location: { file: "spec/ordering.md", line: 3 },
      },
    ]);
  });

  test.each([
    ["an unknown directive", ":::note\ntext\n:::", 'spec/ordering.md:1: unknown directive "note"'],
    ["an unknown level", block(good.replace("MUST", "OUGHT"), parts), "spec/ordering.md:3: ✖ Invalid option"],
    ["an unknown attribute", block(`${good} owner="me"`, parts), 'Unrecognized key: "owner"'],
    ["a slug with capitals", block(good.replace("some-thing", "Some"), parts), "a slug is lower-case words"],
    [
      "a missing part",
      block(good, parts.replace("**Forbidden.** The second before the first.", "")),
      'lacks the part "Forbidden"',
    ],
    ["an unknown part", block(good, `${parts}\n\n**Remark.** Nothing.`), 'unknown part "Remark"'],
    ["a part twice", block(good, `${parts}\n\n**Source.** Another.`), 'the part "Source" stands twice'],
    ["a statement that says nothing", block(good, parts.replace(/^A host.*$/m, "It is good.")), "says too little"],
    ["a requirement twice", block(good, parts) + block(good, parts), "stands here a second time (first in line 3)"],
  ])("refuses %s", (_, markdown, message) => {
    expect(() => parse(markdown)).toThrow(message);
  });
});
