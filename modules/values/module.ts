/** What crosses between a guest, its host, a table and a caller: texts, keys, numbers, rows, objects, and how much of them. */
import { fromInt64, type Json, schema, t, table, toInt64 } from "evenlane/module";
import { ExposedHost } from "../common/host.ts";
import { categoryAnswered } from "../common/refusals.ts";
import { bitsOf, fill, nested, numberOf, surrogate } from "./made.ts";

const values = schema("values", { cells: table<Json>() });
const exposed = new ExposedHost();

values.reducer("put", { key: t.string(), value: t.json<Json>() }, (ctx, { key, value }) => {
  ctx.db.cells.insert(key, value);
});

values.procedure("through", { key: t.string(), value: t.json<Json>() }, async (ctx, { key, value }) => {
  const own = ctx.withTx((tx) => {
    tx.db.cells.insert(key, value);
    return tx.db.cells.get(key) ?? null;
  });
  const later = ctx.withTx((tx) => tx.db.cells.get(key) ?? null);
  const scanned = ctx.withTx((tx) => tx.db.cells.scan().filter(([other]) => other === key));
  return { own, later, scanned };
});

values.procedure("keys", { from: t.string(), to: t.string() }, async (ctx, { from, to }) =>
  ctx.withTx((tx) => tx.db.cells.scan({ from, to }).map(([key]) => key)),
);

values.procedure("keysWithPrefix", { prefix: t.string() }, async (ctx, { prefix }) =>
  ctx.withTx((tx) => tx.db.cells.scan({ prefix }).map(([key]) => key)),
);

values.procedure("texts", { rows: t.array(t.string()) }, async (ctx, { rows }) => {
  const host = exposed.current;
  return ctx.withTx(() =>
    rows.map((row, index) => {
      const refused = categoryAnswered(host.tableInsert("cells", `t${index}`, row));
      const found = host.tableGet("cells", `t${index}`);
      return { refused, text: typeof found === "string" ? found : null };
    }),
  );
});

values.procedure("numbers", { bits: t.array(t.string()) }, async (ctx, { bits }) => {
  const host = exposed.current;
  return ctx.withTx((tx) =>
    bits.map((each) => {
      const key = `n${each}`;
      tx.db.cells.insert(key, numberOf(each));
      return { text: host.tableGet("cells", key) as string, bits: bitsOf(tx.db.cells.get(key) as number) };
    }),
  );
});

const whereAndForm = { where: t.string(), form: t.string() };

values.procedure("notFinite", whereAndForm, async (ctx, { where, form }) => {
  const value = numberOf(form);
  ctx.withTx((tx) => tx.db.cells.insert("kept", 1));
  if (where === "result") return [value];
  ctx.withTx((tx) => {
    tx.db.cells.insert("undone", 1);
    if (where === "row") tx.db.cells.insert("bad", value);
    else tx.db.cells.insert("bad", { field: [value] });
  });
  return null;
});

values.procedure("loneSurrogate", whereAndForm, async (ctx, { where, form }) => {
  const text = surrogate(form);
  ctx.withTx((tx) => tx.db.cells.insert("kept", 1));
  if (where === "result") return text;
  ctx.withTx((tx) => {
    const { cells } = tx.db;
    cells.insert("undone", 1);
    if (where === "row") cells.insert("bad", text);
    else if (where === "field") cells.insert("bad", { [text]: 1 });
    else if (where === "key") cells.insert(text, 1);
    else if (where === "read") cells.get(text);
    else if (where === "scan") cells.scan({ from: text });
    else tx.schedule("put", { key: "bad", value: text }, ctx.timestamp);
  });
  return null;
});

values.procedure("rawSurrogates", {}, async (ctx) => {
  const host = exposed.current;
  return ctx.withTx(() =>
    ["high", "low", "swapped"].map((form) => ({
      row: categoryAnswered(host.tableInsert("cells", form, `"${surrogate(form)}"`)),
      key: categoryAnswered(host.tableInsert("cells", surrogate(form), "1")),
    })),
  );
});

values.procedure("joinedSurrogates", { key: t.string() }, async (ctx, { key }) => {
  const joined = surrogate("high") + surrogate("low");
  ctx.withTx((tx) => tx.db.cells.insert(key, joined));
  return joined;
});

values.procedure("increment", { key: t.string(), value: t.json<Json>() }, async (ctx, { key, value }) => {
  ctx.withTx((tx) => tx.db.cells.insert(key, { ...toInt64(fromInt64(value) + BigInt(1)) }));
  return ctx.withTx((tx) => tx.db.cells.get(key) ?? null);
});

values.procedure("changeAround", { key: t.string(), value: t.array(t.string()) }, async (ctx, { key, value }) => {
  const row = [...value];
  return ctx.withTx((tx) => {
    const { cells } = tx.db;
    cells.insert(key, row);
    row.push("after the insert");
    const first = cells.get(key) as string[];
    first.push("after a read");
    const scanned = cells.scan({ prefix: key })[0]![1] as string[];
    scanned.push("after a scan");
    return cells.get(key) ?? null;
  });
});

/** Rows that a call has inserted and kept. */
let kept: string[] | undefined;

values.reducer("putAndKeep", { key: t.string(), value: t.array(t.string()) }, (ctx, { key, value }) => {
  kept = value as string[];
  ctx.db.cells.insert(key, kept);
});

values.procedure("changeKept", {}, async () => {
  kept?.push("changed by a later call");
});

values.procedure("changeArgument", { value: t.array(t.string()) }, async (_ctx, { value }) => {
  (value as string[]).push("changed");
  return value;
});

values.procedure("leaveScan", {}, async (ctx) => {
  const seen: string[] = [];
  const rows = ctx.withTx((tx) => {
    const scanned = tx.db.cells.scan();
    for (const [key] of scanned) {
      seen.push(key);
      tx.db.cells.delete(key);
      tx.db.cells.insert(`${key}/next`, 1);
      if (seen.length === 2) break;
    }
    return scanned;
  });
  const left = ctx.withTx((tx) => tx.db.cells.scan().map(([key]) => key));
  return { seen, scanned: rows.map(([key]) => key), left };
});

values.procedure("nest", { key: t.string(), depth: t.number() }, async (ctx, { key, depth }) => {
  ctx.withTx((tx) => tx.db.cells.insert(key, nested(depth)));
  return ctx.withTx((tx) => {
    let found = 0;
    for (let value = tx.db.cells.get(key); Array.isArray(value); value = value[0]) found += 1;
    return found;
  });
});

const sized = { bytes: t.number(), unit: t.string() };

values.procedure("bigRow", { key: t.string(), ...sized }, async (ctx, { key, bytes, unit }) => {
  const text = fill(bytes - 2, unit);
  return ctx.withTx((tx) => {
    tx.db.cells.insert(key, text);
    return { whole: tx.db.cells.get(key) === text };
  });
});

values.procedure("bigKey", sized, async (ctx, { bytes, unit }) => {
  const key = fill(bytes, unit);
  return ctx.withTx((tx) => {
    tx.db.cells.insert(key, 1);
    const whole = tx.db.cells.get(key) === 1 && tx.db.cells.get(key.slice(1)) === undefined;
    tx.db.cells.delete(key);
    return { whole };
  });
});

values.procedure("bigResult", sized, async (ctx, { bytes, unit }) => {
  ctx.withTx((tx) => tx.db.cells.insert("kept", 1));
  return fill(bytes - 2, unit);
});

export default exposed.in(values.module());
