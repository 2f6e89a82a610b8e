/**
 * The line, from 1, on which the value at a path stands in JSON text; that of the nearest value around it where there is none at that path. The text must be
 * valid JSON.
 */
export function lineOf(text: string, path: readonly PropertyKey[]): number {
  let at = skipSpace(text, 0);
  for (const part of path) {
    const next = member(text, at, part);
    if (next === undefined) break;
    at = next;
  }
  return text.slice(0, at).split("\n").length;
}

/** Where the member of that name or index begins, in the object or array that begins at `at`. */
function member(text: string, at: number, part: PropertyKey): number | undefined {
  const isObject = text[at] === "{";
  if (!isObject && text[at] !== "[") return undefined;
  let next = skipSpace(text, at + 1);
  for (let index = 0; text[next] !== "}" && text[next] !== "]"; index += 1) {
    let name: unknown = index;
    if (isObject) {
      const end = skipString(text, next);
      name = JSON.parse(text.slice(next, end));
      next = skipSpace(text, skipSpace(text, end) + 1);
    }
    if (name === part) return next;
    next = skipSpace(text, skipValue(text, next));
    if (text[next] === ",") next = skipSpace(text, next + 1);
  }
  return undefined;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/\s/.test(text[next] ?? "")) next += 1;
  return next;
}

function skipString(text: string, at: number): number {
  let next = at + 1;
  while (text[next] !== '"') next += text[next] === "\\" ? 2 : 1;
  return next + 1;
}

function skipValue(text: string, at: number): number {
  let depth = 0;
  let next = at;
  do {
    const character = text[next]!;
    if (character === '"') {
      next = skipString(text, next);
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    next += 1;
  } while (depth > 0 || /[\w.+-]/.test(text[next] ?? ""));
  return next;
}
