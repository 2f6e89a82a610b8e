/** YAML of which it is known where each value stands. */
import { isCollection, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Place } from "./text-file.ts";

/** Something wrong in a file: `what` says what it is and what to do. */
export interface Mistake {
  readonly at: Place;
  readonly what: string;
}

/** The value that a text holds, and where its parts stand. */
export interface PlacedYaml {
  readonly value: unknown;
  /** Where the value at a path stands, or the innermost one around it that is there. What an alias stands for is at the alias. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
  /** Where the key stands of the map at a path. */
  readonly placeOfKey: (path: readonly PropertyKey[], key: string) => Place;
}

/** Reads one YAML document; gives what keeps it from being read where something does. `file` stands in the places. */
export function parseYaml(text: string, file: string): PlacedYaml | { readonly mistakes: readonly Mistake[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start = (node: Node | null) => at(node?.range?.[0] ?? 0);

  const mistakes: Mistake[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    at: at(pos[0]),
    what: `this is no YAML that can be read: ${message}; correct it here or just above`,
  }));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const what = `nothing above is named &${alias.source}; write out what *${alias.source} stands for`;
      mistakes.push({ at: start(alias), what });
    },
  });
  if (mistakes.length > 0) return { mistakes };

  const nodeAt = (path: readonly PropertyKey[]): Node | null => {
    let node: Node | null = document.contents;
    for (const key of path) {
      const next: unknown = isCollection(node) ? node.get(key, true) : undefined;
      if (!isNode(next)) break;
      node = next;
    }
    return node;
  };
  return {
    value: document.toJS({ maxAliasCount: -1 }),
    placeOf: (path) => start(nodeAt(path)),
    placeOfKey: (path, key) => {
      const node = nodeAt(path);
      const keys = isMap(node) ? node.items.map((pair) => pair.key).filter(isScalar) : [];
      return start(keys.find(({ value }) => String(value) === key) ?? node);
    },
  };
}
