import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseChapter } from "./parse-chapter.ts";
import { chapters, type Requirement } from "./requirement.ts";

let read: readonly Requirement[] | undefined;

/** All requirements of the spec, in reading order; read once. Throws `SpecError` where a chapter cannot be read. */
export function loadSpec(): readonly Requirement[] {
  read ??= chapters.flatMap((chapter) => {
    const url = new URL(`../../spec/${chapter}.md`, import.meta.url);
    return parseChapter(readFileSync(fileURLToPath(url), "utf8"), `spec/${chapter}.md`);
  });
  return read;
}
