import type { Saboteur } from "../saboteur.ts";

/** Faults in what crosses between guest, host, table and caller. */
export const valuesFaults: readonly Saboteur[] = [
  {
    name: "text-in-normal-form",
    fault: "Text is normalised to Unicode's form C on its way.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  return stringify(text);",
        replace: `  const normal = text.normalize("NFC");
  if (normal !== text) fired();
  return stringify(normal);`,
      },
    ],
    kills: [{ requirement: "values/strings-round-trip", reason: "wrong-value" }],
  },
  {
    name: "lone-surrogate-is-replaced",
    fault: "A lone surrogate in what a guest hands over is replaced by U+FFFD.",
    edits: [
      {
        file: "store/tables.ts",
        find: "  if (!wellFormed(text)) throw",
        replace: `  if (!wellFormed(text) && fired()) return text.toWellFormed();
  if (!wellFormed(text)) throw`,
      },
    ],
    kills: [{ requirement: "values/strings-round-trip", reason: "wrong-category" }],
  },
  {
    name: "keys-in-code-unit-order",
    fault: "A scan orders keys by their UTF-16 code units.",
    edits: [
      {
        file: "store/tables.ts",
        find: "    for (const each of found as Iterable<Row>) {",
        replace: `    const rows = [...(found as Iterable<Row>)];
    const ordered = rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    if (ordered.some((each, index) => each !== rows[index])) fired();
    for (const each of ordered) {`,
      },
    ],
    kills: [{ requirement: "values/keys-in-code-point-order", reason: "wrong-order" }],
  },
  {
    name: "key-ends-at-its-first-zero",
    fault: "A key that is read from the store ends at its first U+0000.",
    seen: "Deno's `node:sqlite`",
    edits: [
      {
        file: "store/keys.ts",
        find: `  return typeof read === "string" ? read : decoder.decode(read);`,
        replace: `  const whole = typeof read === "string" ? read : decoder.decode(read);
  const end = whole.indexOf("\\u0000");
  return end !== -1 && fired() ? whole.slice(0, end) : whole;`,
      },
    ],
    kills: [{ requirement: "values/keys-in-code-point-order", reason: "wrong-order" }],
  },
  {
    name: "numbers-with-fifteen-digits",
    fault: "A number is printed with 15 significant digits, which are not always enough to read it again.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "      return stringify(value);",
        replace: `      if (Number(value.toPrecision(15)) !== value) fired();
      return stringify(Number(value.toPrecision(15)));`,
      },
    ],
    kills: [{ requirement: "values/numbers-round-trip", reason: "wrong-value" }],
  },
  {
    name: "parsed-text-is-shared",
    fault: "Text that was parsed before is not parsed again: whoever reads it is given the same object.",
    edits: [
      {
        file: "worker/realm.ts",
        find: "    this.intrinsics = prepare(",
        replace: `    const share = runInContext(
      \`(shared) => {
        const { parse } = JSON;
        const parsed = new Map();
        JSON.parse = (text, reviver) => {
          if (reviver !== undefined) return parse(text, reviver);
          if (!parsed.has(text)) parsed.set(text, parse(text));
          else if (typeof parsed.get(text) === "object") shared();
          return parsed.get(text);
        };
      }\`,
      this.#context,
    );
    share(() => fired());
    this.intrinsics = prepare(`,
      },
    ],
    kills: [{ requirement: "values/rows-are-values", reason: "wrong-value" }],
  },
  {
    name: "null-field-is-left-out",
    fault: "A field that is null is left out, as if it were absent.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "    const name = names[index] as string;",
        replace: `    const name = names[index] as string;
    if (value[name] === null && fired()) continue;`,
      },
    ],
    kills: [{ requirement: "values/objects-keep-their-fields", reason: "wrong-value" }],
  },
  {
    name: "one-level-too-deep-is-taken",
    fault: "JSON may nest one level deeper than the bound.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  if (depth >= jsonDepth) throw",
        replace: `  if (depth === jsonDepth) fired();
  if (depth > jsonDepth) throw`,
      },
    ],
    kills: [{ requirement: "values/objects-keep-their-fields", reason: "call-succeeded" }],
  },
  {
    name: "bounds-count-characters",
    fault: "The bounds of rows and results count characters, not bytes.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  if (bytes > limit) throw",
        replace: `  if (bytes > limit && text.length <= limit && fired()) return;
  if (bytes > limit) throw`,
      },
    ],
    kills: [{ requirement: "values/results-are-complete", reason: "call-succeeded" }],
  },
  {
    name: "text-loses-its-byte-order-mark",
    fault: "A text of a wasm guest that begins with U+FEFF is read as if that were a mark of its encoding.",
    guest: "as",
    edits: [
      {
        file: "wasm/memory.ts",
        find: "    return decoder.decode(view(memory, pointer, length));",
        replace: `    const text = decoder.decode(view(memory, pointer, length));
    return text.startsWith("\\ufeff") && fired() ? text.slice(1) : text;`,
      },
      {
        file: "wasm/memory.ts",
        find: "    return lenient.decode(view(memory, pointer, length));",
        replace: `    const text = lenient.decode(view(memory, pointer, length));
    return text.startsWith("\\ufeff") && fired() ? text.slice(1) : text;`,
      },
    ],
    kills: [
      { requirement: "values/keys-in-code-point-order", reason: "wrong-order" },
      { requirement: "errors/error-shape-is-the-same", reason: "wrong-message" },
    ],
  },
  {
    name: "field-becomes-the-prototype",
    fault: "An object is copied field by field on its way, and one that is named `__proto__` becomes its prototype.",
    edits: [
      {
        file: "guest/canonical.ts",
        find: "  const names = apply(sort, keys(value), []) as string[];",
        replace: `  const copy = Object.assign({}, value);
  if (Object.hasOwn(value, "__proto__") && fired()) value = copy;
  const names = apply(sort, keys(value), []) as string[];`,
      },
    ],
    kills: [{ requirement: "values/objects-keep-their-fields", reason: "wrong-value" }],
  },
  {
    name: "own-writes-come-last-in-a-scan",
    fault: "A scan gives what its own transaction has written after all that was there before.",
    edits: [
      {
        file: "store/tables.ts",
        find: "    for (const each of found as Iterable<Row>) {",
        replace: `    const rows = [...(found as Iterable<Row>)];
    const isOwn = (each) => Number(this.#touched.get(index)?.has(keyOf(each)) ?? false);
    const ordered = rows.toSorted((a, b) => isOwn(a) - isOwn(b));
    if (ordered.some((each, place) => each !== rows[place])) fired();
    for (const each of ordered) {`,
      },
    ],
    kills: [{ requirement: "values/keys-in-code-point-order", reason: "wrong-order" }],
  },
];
