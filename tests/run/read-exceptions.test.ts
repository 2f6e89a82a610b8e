import { describe, expect, test } from "vitest";
import { columnsOf, type HostEntry } from "../../conformance/run/columns.ts";
import { parseExceptions, readExceptions } from "../../conformance/run/read-exceptions.ts";

const hosts: HostEntry[] = [
  { name: "node", guests: ["ts", "as"], status: "built", command: ["node"] },
  { name: "deno", guests: ["ts"], status: "built", command: ["deno"] },
];
const known = { requirements: ["ordering/first-in-first-out", "isolation/no-write-skew"], columns: columnsOf(hosts) };

const good = `version: 1
exceptions:
  - requirement: ordering/first-in-first-out
    column: deno:ts
    code: wrong-order
    reason: The runtime polls its timers before its sockets.
    link: https://example.org/issues/7
    owner: runtime team
    expires: 2027-01-31
`;

const parse = (...texts: string[]) =>
  parseExceptions(
    texts.map((text, index) => ({ file: `${index + 1}.yaml`, text })),
    known,
  );

function mistakes(...texts: string[]): string[] {
  try {
    parse(...texts);
  } catch (error) {
    return (error as Error).message.split("\n").slice(1);
  }
  return [];
}

describe("a file of exceptions", () => {
  test("gives each exception with its place and the columns that it speaks of", () => {
    expect(parse(good)).toEqual([
      {
        at: { file: "1.yaml", line: 3, column: 5 },
        requirement: "ordering/first-in-first-out",
        columns: ["deno×ts"],
        codes: ["wrong-order"],
        reason: "The runtime polls its timers before its sockets.",
        link: "https://example.org/issues/7",
        owner: "runtime team",
        expires: "2027-01-31",
        intermittent: false,
      },
    ]);
  });

  test("names a column as the matrix does or as a command line can, or a host for all its columns", () => {
    const columns = (name: string) => parse(good.replace("deno:ts", name))[0]?.columns;
    expect(columns("deno×ts")).toEqual(["deno×ts"]);
    expect(columns("deno")).toEqual(["deno×ts"]);
    expect(columns("node")).toEqual(["node×ts", "node×as"]);
  });

  test("may list several codes, say that a failure is intermittent, and use the anchors of YAML", () => {
    const text = good
      .replace("code: wrong-order", "code: [wrong-order, silence]")
      .replace("owner: runtime team", "owner: &them runtime team\n    intermittent: true");
    const second = `  - {requirement: isolation/no-write-skew, column: deno, code: write-skew, reason: r, link: "http://a.example", owner: *them, expires: 2027-02-28}\n`;
    expect(parse(text + second)).toMatchObject([
      { codes: ["wrong-order", "silence"], intermittent: true },
      { owner: "runtime team", intermittent: false },
    ]);
  });

  test("may list none", () => {
    expect(parse("version: 1\nexceptions: []\n")).toEqual([]);
  });

  test("that is not there is told", () => {
    expect(() => readExceptions(["/no/such/file.yaml"], known)).toThrow(
      "/no/such/file.yaml cannot be read (ENOENT): give a file of exceptions",
    );
  });
});

describe("a mistake is told with its line and column, and what to do:", () => {
  const replaced = (from: string, to: string) => {
    expect(good).toContain(from);
    return good.replace(from, to);
  };

  test.each([
    ["another version", replaced("version: 1", "version: 2"), '1.yaml:1:10: "version" is 2; write version: 1'],
    ["no version", replaced("version: 1\n", ""), '1.yaml:1:1: "version" is missing; write version: 1'],
    ["no list", "version: 1\nexceptions:\n", '1.yaml:2:12: "exceptions" is empty; write a list'],
    ["an empty file", "", "1.yaml:1:1: a file of exceptions is a map; write version: 1"],
    ["an entry that is no map", "version: 1\nexceptions:\n  - x\n", "1.yaml:3:5: an exception is a map; write req"],
    [
      "a key of the file",
      replaced("version", "owner: me\nversion"),
      '1.yaml:1:1: there is no key "owner"; write one of',
    ],
    [
      "an unknown key",
      replaced("    link:", "    team: a\n    link:"),
      '1.yaml:7:5: there is no key "team"; write one of',
    ],
    [
      "a misspelt requirement",
      replaced("first-in-first-out", "first-in-frist-out"),
      '1.yaml:3:18: there is no requirement "ordering/first-in-frist-out"; did you mean ordering/first-in-first-out?',
    ],
    [
      "an unknown requirement",
      replaced("ordering/first-in-first-out", "nothing/at-all"),
      '1.yaml:3:18: there is no requirement "nothing/at-all"; write one of those that evenlane list shows',
    ],
    [
      "a misspelt column",
      replaced("deno:ts", "demo:ts"),
      '1.yaml:4:13: there is no host or column "demo:ts"; did you mean deno×ts?',
    ],
    [
      "an unknown column",
      replaced("deno:ts", "wasmtime"),
      '1.yaml:4:13: there is no host or column "wasmtime"; write one of node×ts, node×as, deno×ts',
    ],
    [
      "a misspelt code",
      replaced("wrong-order", "wrong-oder"),
      '1.yaml:5:11: "wrong-oder" is no reason code; did you mean wrong-order?',
    ],
    [
      "a code of the kit's own",
      replaced("wrong-order", "unexpected-pass"),
      '1.yaml:5:11: "unexpected-pass" is no reason code; write one of wrong-order,',
    ],
    [
      "the code of an error",
      replaced("wrong-order", "host-exited"),
      '1.yaml:5:11: "host-exited" is no reason code; write one of',
    ],
    ["a bad code in a list", replaced("wrong-order", "[wrong-order, soon]"), '1.yaml:5:25: "soon" is no reason code'],
    [
      "an empty list of codes",
      replaced("wrong-order", "[]"),
      '1.yaml:5:11: "code" lists nothing; write the reason code',
    ],
    ["no code", replaced("    code: wrong-order\n", ""), '1.yaml:3:5: "code" is missing; write the reason code'],
    [
      "an empty reason",
      replaced("The runtime polls its timers before its sockets.", '""'),
      '1.yaml:6:13: "reason" is empty; write the cause',
    ],
    [
      "a link that is none",
      replaced("https://example.org/issues/7", "see below"),
      '1.yaml:7:11: "see below" is no URL; write one with https://',
    ],
    [
      "a link to elsewhere",
      replaced("https://example.org", "file://"),
      '"file:///issues/7" is no URL; write one with https://',
    ],
    ["an owner that is no text", replaced("runtime team", "7"), '1.yaml:8:12: "owner" is 7; write who sees to it'],
    ["no owner", replaced("    owner: runtime team\n", ""), '1.yaml:3:5: "owner" is missing; write who sees to it'],
    [
      "a day that is none",
      replaced("2027-01-31", "2027-02-29"),
      '1.yaml:9:14: "2027-02-29" is no date; write the last day',
    ],
    [
      "another form of date",
      replaced("2027-01-31", "31.1.2027"),
      '1.yaml:9:14: "31.1.2027" is no date; write the last day on which it holds as YYYY-MM-DD',
    ],
    [
      "intermittent that is not true",
      `${good}    intermittent: sometimes\n`,
      '1.yaml:10:19: "intermittent" is "sometimes"; write true, or leave',
    ],
    [
      "a key twice",
      `${good}    owner: another\n`,
      "1.yaml:10:5: this is no YAML that can be read: Map keys must be unique",
    ],
    ["an unclosed quote", replaced("runtime team", '"runtime'), "this is no YAML that can be read: Missing closing"],
    [
      "an unknown tag",
      replaced("runtime team", "!team a"),
      "1.yaml:8:12: this is no YAML that can be read: Unresolved tag: !team",
    ],
    ["an unknown anchor", replaced("runtime team", "*them"), "1.yaml:8:12: nothing above is named &them; write out"],
  ])("%s", (_, text, message) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(message)]);
  });

  test("a second exception for a cell, also from another file or by the name of its host", () => {
    const entry = good.slice(good.indexOf("  - "));
    expect(mistakes(good + entry)).toEqual([
      "1.yaml:10:5: ordering/first-in-first-out has an exception for deno×ts already (1.yaml:3); keep one of them",
    ]);
    expect(mistakes(good.replace("deno:ts", "node×as"), good.replace("deno:ts", "node"))).toEqual([
      "2.yaml:3:5: ordering/first-in-first-out has an exception for node×as already (1.yaml:3); keep one of them",
    ]);
    expect(mistakes(good, good.replace("deno:ts", "node"))).toEqual([]);
    expect(mistakes(good, good.replace("ordering/first-in-first-out", "isolation/no-write-skew"))).toEqual([]);
  });

  test("what an alias stands for is told where the alias stands", () => {
    const first = good.replace("code: wrong-order", "code: &codes [wrong-order, soon]");
    const second = good
      .slice(good.indexOf("  - "))
      .replace("deno:ts", "node:ts")
      .replace("code: wrong-order", "code: *codes");
    expect(mistakes(first + second).map((line) => /^[^ ]+ "soon"/.exec(line)?.[0])).toEqual([
      '1.yaml:5:32: "soon"',
      '1.yaml:12:11: "soon"',
    ]);
    const whole = good.replace("- requirement", "- &it\n    until: x\n    requirement");
    expect(mistakes(`${whole}  - *it\n`).map((line) => /^[^ ]+ .+?[";]/.exec(line)?.[0])).toEqual([
      '1.yaml:4:5: there is no key "',
      '1.yaml:12:5: there is no key "',
      "1.yaml:12:5: ordering/first-in-first-out has an exception for deno×ts already (1.yaml:4);",
    ]);
  });

  test("all mistakes of all files are told at once, by file and line", () => {
    const entry = good.slice(good.indexOf("  - "));
    const first = good.replace("wrong-order", "wrong").replace("2027-01-31", "soon") + entry;
    const second = `${good.replace("version: 1", "version: one").replace("deno:ts", "dino:ts")}    until: x\n`;
    expect(mistakes(first, second).map((line) => /^[^ ]+/.exec(line)?.[0])).toEqual([
      "1.yaml:5:11:",
      "1.yaml:9:14:",
      "1.yaml:10:5:",
      "2.yaml:1:10:",
      "2.yaml:4:13:",
      "2.yaml:10:5:",
    ]);
    expect(() => parse(first, second)).toThrow(/^nothing was run, for 6 mistakes in the exceptions:\n/);
  });
});
