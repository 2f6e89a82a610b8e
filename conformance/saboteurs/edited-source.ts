import type { Edit } from "./saboteur.ts";

/** The name under which an edited source finds the counter. */
export const counterModule = "evenlane:fired";

/** A source with these edits. Throws where what an edit replaces does not stand there exactly once, or nothing in it counts. */
export function editedSource(source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const { file, find, replace } of edits) {
    const times = text.split(find).length - 1;
    if (times !== 1) {
      throw new Error(`hosts/js/${file} holds ${times} times, not once, what a saboteur replaces:\n${find}`);
    }
    text = text.replace(find, () => replace);
  }
  return `import { fired } from ${JSON.stringify(counterModule)};\n${text}`;
}
