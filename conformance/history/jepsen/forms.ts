import { HistoryFileError } from "../history-file.ts";

/** One top-level value of a text: its source and the line, from 1, on which it begins. */
export interface Form {
  readonly text: string;
  readonly line: number;
}

const closing = new Map([
  ["[", "]"],
  ["{", "}"],
  ["(", ")"],
]);
const isSpace = (character: string) => /[\s,]/.test(character);

/**
 * The top-level values of JSON or EDN text, in order; those of the one list, where the text is one. Parsers of these formats tell no
 * lines, and the one for EDN lets unbalanced brackets pass: this finds both. Throws HistoryFileError.
 */
export function forms(file: string, text: string): Form[] {
  const all = split(file, text, 1);
  const [only] = all;
  if (all.length !== 1 || only === undefined || !/^[[(]/.test(only.text)) return all;
  return split(file, only.text.slice(1, -1), only.line);
}

function split(file: string, text: string, firstLine: number): Form[] {
  const found: Form[] = [];
  const open: { bracket: string; line: number }[] = [];
  let line = firstLine;
  let start: { at: number; line: number } | undefined;
  const end = (at: number) => {
    if (start !== undefined) found.push({ text: text.slice(start.at, at), line: start.line });
    start = undefined;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === "\n") line += 1;
    if (character === ";") {
      if (open.length === 0) end(at);
      while (at + 1 < text.length && text[at + 1] !== "\n") at += 1;
      continue;
    }
    if (isSpace(character)) {
      if (open.length === 0) end(at);
      continue;
    }
    start ??= { at, line };
    if (character === '"') {
      const from = line;
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
        if (text[at] === "\n") line += 1;
        if (text[at] === "\\") at += 1;
      }
      if (at >= text.length) throw new HistoryFileError(file, from, "", "a text in quotation marks does not end");
    } else if (character === "\\") at += 1;
    else if (closing.has(character)) open.push({ bracket: character, line });
    else if (character === "]" || character === "}" || character === ")") {
      const opened = open.pop();
      if (opened === undefined) throw new HistoryFileError(file, line, "", `"${character}" closes nothing`);
      if (closing.get(opened.bracket) !== character) {
        throw new HistoryFileError(
          file,
          line,
          "",
          `"${character}" closes the "${opened.bracket}" of line ${opened.line}`,
        );
      }
      if (open.length === 0) end(at + 1);
    }
  }
  const left = open.at(-1);
  if (left !== undefined) throw new HistoryFileError(file, left.line, "", `"${left.bracket}" is never closed`);
  end(text.length);
  return found;
}
