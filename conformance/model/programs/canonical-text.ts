/** How deep JSON may nest. */
export const deepest = 128;

/** JSON text in the form of RFC 8785, or undefined where the contract does not take it: no JSON, a lone surrogate, a number that no double holds, too deep. */
export function canonicalText(text: string): string | undefined {
  try {
    return print(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

function print(value: unknown, depth: number): string {
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new RangeError("a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("no double holds the number");
  if (typeof value === "object" && value !== null && depth >= deepest) throw new RangeError("too deep");
  if (Array.isArray(value)) return `[${value.map((item) => print(item, depth + 1)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value).sort();
    const fields = names.map(
      (name) => `${JSON.stringify(name)}:${print((value as Record<string, unknown>)[name], depth + 1)}`,
    );
    if (!names.every((name) => name.isWellFormed())) throw new RangeError("a lone surrogate");
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value);
}
