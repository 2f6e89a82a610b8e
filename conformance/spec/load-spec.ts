import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseChapter } from "./parse-chapter.ts";
import { chapters, type Requirement } from "./requirement.ts";

/** All requirements of the spec, in reading order. Throws `SpecError` where a chapter cannot be read. */
export function loadSpec(): Requirement[] {
  return chapters.flatMap((chapter) => {
    const url = new URL(`../../spec/${chapter}.md`, import.meta.url);
    return parseChapter(readFileSync(fileURLToPath(url), "utf8"), `spec/${chapter}.md`);
  });
}
