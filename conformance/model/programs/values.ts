import { Refused } from "../failure.ts";
import { type ModelModule, procedure, reducer, type Steps, withTx } from "../program.ts";
import type { Transaction } from "../tables.ts";
import { canonicalText, deepest } from "./canonical-text.ts";

/** Bytes of any one JSON text, and of a key. */
const limit = 16 * 1024 * 1024;

const insertAlone = (key: string, value: unknown): Steps<void> => withTx((tx) => tx.insert("cells", key, value));
const readAlone = (key: string): Steps<unknown> => withTx((tx) => tx.get("cells", key) ?? null);
const keysOf = (rows: readonly (readonly [string, unknown])[]): string[] => rows.map(([key]) => key);

/** A first transaction that commits, and a second that is refused whole. */
function* refusedAfterOne(category: string): Steps<never> {
  yield* insertAlone("kept", 1);
  return yield* withTx(() => {
    throw new Refused(category);
  });
}

function* refusedResult(category: string): Steps<never> {
  yield* insertAlone("kept", 1);
  throw new Refused(category);
}

function numberOf(bits: string): number {
  return Buffer.from(bits, "hex").readDoubleBE(0);
}

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

function insertText(tx: Transaction, key: string, row: string): { refused: string; text: string | null } {
  const text = canonicalText(row);
  if (text === undefined) return { refused: "bad-value", text: null };
  tx.insert("cells", key, JSON.parse(text));
  return { refused: "none", text };
}

function fill(bytes: number, unit: string): string {
  const width = Buffer.byteLength(unit);
  return unit.repeat(Math.floor(bytes / width)) + "x".repeat(bytes % width);
}

/** The module `values`. */
export const values: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["put", reducer((tx, { key, value }) => tx.insert("cells", key, value))],
    [
      "through",
      procedure(function* ({ key, value }) {
        const own = yield* withTx((tx) => {
          tx.insert("cells", key, value);
          return value;
        });
        const later = yield* readAlone(key);
        const scanned = yield* withTx((tx) => tx.scan("cells").filter(([other]) => other === key));
        return { own, later, scanned };
      }),
    ],
    ["keys", procedure(({ from, to }) => withTx((tx) => keysOf(tx.scan("cells", from, to))))],
    [
      "keysWithPrefix",
      procedure(({ prefix }) => withTx((tx) => keysOf(tx.scan("cells")).filter((key) => key.startsWith(prefix)))),
    ],
    [
      "texts",
      procedure(({ rows }) => withTx((tx) => (rows as string[]).map((row, index) => insertText(tx, `t${index}`, row)))),
    ],
    [
      "numbers",
      procedure(({ bits }) =>
        withTx((tx) =>
          (bits as string[]).map((each) => {
            const value = numberOf(each) + 0;
            tx.insert("cells", `n${each}`, value);
            return { text: String(value), bits: bitsOf(value) };
          }),
        ),
      ),
    ],
    [
      "rawSurrogates",
      procedure(() => withTx(() => ["high", "low", "swapped"].map(() => ({ row: "bad-value", key: "bad-value" })))),
    ],
    [
      "notFinite",
      procedure(({ where }) => (where === "result" ? refusedResult("bad-value") : refusedAfterOne("bad-value"))),
    ],
    [
      "loneSurrogate",
      procedure(({ where }) => (where === "result" ? refusedResult("bad-value") : refusedAfterOne("bad-value"))),
    ],
    [
      "joinedSurrogates",
      procedure(function* ({ key }) {
        yield* insertAlone(key, "\u{1f600}");
        return "\u{1f600}";
      }),
    ],
    [
      "increment",
      procedure(function* ({ key, value }) {
        const { $i64 } = value as { $i64: string };
        const given = BigInt($i64);
        if (BigInt.asIntN(64, given) !== given || String(given) !== $i64) throw new Refused("bad-value");
        const next = { $i64: String(given + 1n) };
        yield* insertAlone(key, next);
        return yield* readAlone(key);
      }),
    ],
    [
      "changeAround",
      procedure(({ key, value }) =>
        withTx((tx) => {
          tx.insert("cells", key, value);
          return value;
        }),
      ),
    ],
    ["putAndKeep", reducer((tx, { key, value }) => tx.insert("cells", key, value))],
    ["changeKept", procedure(function* () {})],
    [
      "changeArgument",
      // biome-ignore lint/correctness/useYield: it asks its host for nothing.
      procedure(function* ({ value }) {
        return [...(value as string[]), "changed"];
      }),
    ],
    [
      "leaveScan",
      procedure(function* () {
        const scanned = yield* withTx((tx) => {
          const keys = keysOf(tx.scan("cells"));
          for (const key of keys.slice(0, 2)) {
            tx.remove("cells", key);
            tx.insert("cells", `${key}/next`, 1);
          }
          return keys;
        });
        const left = yield* withTx((tx) => keysOf(tx.scan("cells")));
        return { seen: scanned.slice(0, 2), scanned, left };
      }),
    ],
    [
      "nest",
      procedure(function* ({ key, depth }) {
        if (depth > deepest) throw new Refused("bad-value");
        let value: unknown = 0;
        for (let level = 0; level < depth; level += 1) value = [value];
        yield* insertAlone(key, value);
        yield* readAlone(key);
        return depth;
      }),
    ],
    [
      "bigRow",
      procedure(({ key, bytes, unit }) =>
        withTx((tx) => {
          if (bytes > limit) throw new Refused("limit");
          tx.insert("cells", key, fill(bytes - 2, unit));
          return { whole: true };
        }),
      ),
    ],
    [
      "bigKey",
      procedure(({ bytes }) =>
        withTx(() => {
          if (bytes > limit) throw new Refused("limit");
          return { whole: true };
        }),
      ),
    ],
    [
      "bigResult",
      procedure(function* ({ bytes, unit }) {
        yield* insertAlone("kept", 1);
        if (bytes > limit) throw new Refused("limit");
        return fill(bytes - 2, unit);
      }),
    ],
  ]),
};
