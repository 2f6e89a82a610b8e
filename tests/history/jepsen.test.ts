import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistoryFileError } from "../../conformance/history/history-file.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import { transactionsOfOperations } from "../../conformance/history/jepsen/from-jepsen.ts";
import { parseOperations } from "../../conformance/history/jepsen/parse.ts";
import { operationsOf, toEdn, toJsonLines, UnsayableError } from "../../conformance/history/jepsen/to-jepsen.ts";
import { anyHistory } from "./histories/any.ts";
import { append, get, put, scan, tx } from "./histories/build.ts";
import { plants } from "./histories/planted.ts";

const seed = 20261122;

describe("a history written in Jepsen's format", () => {
  test("has invocation and end of each transaction, in the order of their positions", () => {
    const history = [
      tx("A", [append("x", 1), get("x", [1])], { begin: 0, end: 2 }),
      tx("B", [append("x", 2)], { begin: 1, end: 3, status: "aborted" }),
      tx("C", [get("x", null)], { begin: 3, end: Number.POSITIVE_INFINITY, status: "unknown" }),
    ];
    const operations = operationsOf(history, "list-append");
    expect(toJsonLines(operations).trim().split("\n")).toEqual([
      '{"type":"invoke","process":0,"f":"txn","value":[["append","x",1],["r","x",null]],"index":0}',
      '{"type":"invoke","process":1,"f":"txn","value":[["append","x",2]],"index":1}',
      '{"type":"ok","process":0,"f":"txn","value":[["append","x",1],["r","x",[1]]],"index":2}',
      '{"type":"invoke","process":2,"f":"txn","value":[["r","x",null]],"index":3}',
      '{"type":"fail","process":1,"f":"txn","value":[["append","x",2]],"index":4}',
      '{"type":"info","process":2,"f":"txn","value":[["r","x",null]],"index":5}',
    ]);
    expect(toEdn(operations).split("\n")[2]).toBe(
      '{:index 2, :type :ok, :process 0, :f :txn, :value [[:append "x" 1] [:r "x" [1]]]}',
    );
  });

  test("comes back with the same verdict, through JSON and EDN (300 runs)", () => {
    fc.assert(
      fc.property(anyHistory(), (history) => {
        // What Jepsen does not know the end of may still take effect at any time.
        const alone = history.map((one) => ({
          ...one,
          process: one.id,
          ...(one.status === "unknown" ? { end: Number.POSITIVE_INFINITY } : {}),
        }));
        const operations = operationsOf(alone, "list-append");
        const [json, edn] = [
          parseOperations("a.json", toJsonLines(operations)),
          parseOperations("a.edn", toEdn(operations)),
        ];
        expect(json).toEqual(operations);
        expect(edn).toEqual(operations);
        expect(classes(transactionsOfOperations(json))).toEqual(classes(alone));
      }),
      { seed, numRuns: 300 },
    );
  });

  test("says registers as writes and reads, and a change of one as both", () => {
    const [invoked, ended] = operationsOf(
      [tx("A", [put("x", 1), { op: "add", key: "y", n: 2, seen: 5 }])],
      "rw-register",
    );
    expect(invoked!.value).toEqual([
      ["w", "x", 1],
      ["r", "y", null],
      ["w", "y", 5],
    ]);
    expect(ended!.value).toEqual([
      ["w", "x", 1],
      ["r", "y", 3],
      ["w", "y", 5],
    ]);
  });

  test("says of an addition that it found nothing only where nobody wrote 0", () => {
    const add: MicroOp = { op: "add", key: "x", n: 5, seen: 5 };
    const written = (...history: Transaction[]) => operationsOf(history, "rw-register");
    expect(written(tx("A", [add]))[1]!.value).toEqual([
      ["r", "x", null],
      ["w", "x", 5],
    ]);
    const legal = [tx("A", [put("x", 0)], { begin: 0, end: 1 }), tx("B", [add], { begin: 2, end: 3 })];
    expect(written(...legal)[3]!.value).toEqual([["w", "x", 5]]);
    expect(classes(legal)).toEqual([]);
    expect(classes(transactionsOfOperations(written(...legal)))).toEqual([]);
  });

  test("refuses what a workload has no word for", () => {
    expect(() => operationsOf([tx("A", [scan("a", "b", [])])], "list-append")).toThrow(UnsayableError);
    expect(() => operationsOf([tx("A", [put("x", 1)])], "list-append")).toThrow(
      "A: list-append has no word for put of x",
    );
  });

  test("gives transactions of a session that overlap processes of their own", () => {
    const session = { process: "S" };
    const operations = operationsOf(
      [
        tx("A", [append("x", 1)], { ...session, begin: 0, end: 5 }),
        tx("B", [append("x", 2)], { ...session, begin: 1, end: 6 }),
        tx("C", [append("x", 3)], { ...session, begin: 7, end: 8 }),
      ],
      "list-append",
    );
    expect(operations.map(({ process }) => process)).toEqual([0, 1, 0, 1, 0, 0]);
  });
});

describe("a history read from Jepsen's format", () => {
  test("may be Jepsen's own EDN: records, one list or a line each, nemesis and all", () => {
    const record = (type: string, value: string) =>
      `#jepsen.history.Op{:index 7, :time 12, :type :${type}, :process 3, :f :txn, :value ${value}}`;
    const lines = [
      "; a comment",
      "{:type :info, :process :nemesis, :f :start, :value nil}",
      record("invoke", "[[:r 1 nil] [:append 1 9]]"),
      record("ok", "[[:r 1 []] [:append 1 9]]"),
    ];
    for (const text of [lines.join("\n"), `[${lines.join("\n")}]`]) {
      const operations = parseOperations("history.edn", text);
      expect(operations).toHaveLength(2);
      expect(operations[1]).toEqual({
        index: 7,
        type: "ok",
        process: 3,
        f: "txn",
        value: [
          ["r", 1, []],
          ["append", 1, 9],
        ],
      });
    }
  });

  test("has unknown outcomes where an invocation has no end", () => {
    const text =
      '[{"type":"invoke","process":0,"value":[["append","x",1]]},\n{"type":"invoke","process":1,"value":[["r","x",null]]},{"type":"ok","process":1,"value":[["r","x",[1]]]}]';
    const transactions = transactionsOfOperations(parseOperations("a.json", text));
    expect(transactions.map(({ id, status, begin, end }) => ({ id, status, begin, end }))).toEqual([
      { id: "T2", status: "committed", begin: 1, end: 2 },
      { id: "T0", status: "unknown", begin: 0, end: Number.POSITIVE_INFINITY },
    ]);
  });

  const ok = '{"type":"invoke","process":0,"value":[]}';
  const bad: { what: string; text: string; line: number; field: string; message: string }[] = [
    {
      what: "an operation of no type",
      text: `${ok}\n{"process":0}`,
      line: 2,
      field: "type",
      message: 'h:2: field type: Invalid option: expected one of "invoke"|"ok"|"fail"|"info"',
    },
    {
      what: "a process that is neither number nor name",
      text: `${ok}\n\n{"type":"ok","process":null}`,
      line: 3,
      field: "process",
      message: "h:3: field process: Invalid input",
    },
    {
      what: "an unknown micro-operation",
      text: '{"type":"ok","process":0,"value":[["r",1,null],["cas",1,2]]}',
      line: 1,
      field: "value[1]",
      message: "h:1: field value[1]: a micro-operation is",
    },
    {
      what: "a key that is a list",
      text: '[\n{"type":"ok","process":0,"value":[["r",[1],null]]}]',
      line: 2,
      field: "value[0]",
      message: "h:2: field value[0]: a micro-operation is",
    },
    {
      what: "text that is no JSON",
      text: `${ok}\n{"type" "ok"}`,
      line: 2,
      field: "",
      message: "h:2: this is no JSON: ",
    },
    {
      what: "a bracket that is never closed",
      text: `${ok}\n{"type":"ok",\n"value":[`,
      line: 3,
      field: "",
      message: 'h:3: "[" is never closed',
    },
    {
      what: "brackets that cross in EDN",
      text: "{:type :ok, :value [\n}",
      line: 2,
      field: "",
      message: 'h:2: "}" closes the "[" of line 1',
    },
    {
      what: "a text without its end",
      text: `${ok}\n{"type`,
      line: 2,
      field: "",
      message: "h:2: a text in quotation marks does not end",
    },
    {
      what: "an operation that is a number",
      text: `${ok} 7`,
      line: 1,
      field: "",
      message: "h:1: Invalid input: expected object",
    },
    {
      what: "EDN with an unknown escape",
      text: '{:type :ok :process "\\q"}',
      line: 1,
      field: "",
      message: "h:1: this is no EDN: ",
    },
  ];
  test.each(bad)("is refused with line and field: $what", ({ text, line, field, message }) => {
    try {
      parseOperations("h", text);
    } catch (error) {
      expect(error).toBeInstanceOf(HistoryFileError);
      expect(error).toMatchObject({ file: "h", line, field });
      expect((error as Error).message).toContain(message);
      return;
    }
    expect.unreachable("the text was taken");
  });
});

test("every planted fault that lists and registers can say survives the journey", () => {
  let said = 0;
  for (const { transactions, fault } of plants) {
    const workload = transactions.some(({ ops }) => ops.some(({ op }) => op === "append"))
      ? "list-append"
      : "rw-register";
    // Jepsen has no commit numbers, and sessions that overlap lose their order.
    if (transactions.some(({ seq, process, id }) => seq !== undefined || process !== id)) continue;
    try {
      const operations = parseOperations("a", toEdn(operationsOf(transactions, workload)));
      expect(classes(transactionsOfOperations(operations)), fault).toEqual(classes(transactions));
      said += 1;
    } catch (error) {
      if (!(error instanceof UnsayableError)) throw error;
    }
  }
  expect(said).toBeGreaterThan(20);
});

function classes(transactions: readonly Transaction[]): string[] {
  // Which of several witnesses is told depends on the order in which the history lists its transactions.
  return [...new Set(checkIsolation(transactions).anomalies.map((one) => one.class))].sort();
}
