import type { RootContent } from "mdast";
import type { ContainerDirective } from "mdast-util-directive";
import { toString as textOf } from "mdast-util-to-string";
import remarkDirective from "remark-directive";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { z } from "zod";
import { labels, type Requirement, requirementAttributes, requirementSchema } from "./requirement.ts";

/** A chapter that cannot be read: names file, line and what to change. */
export class SpecError extends Error {
  override name = "SpecError";
}

/** Reads the requirements out of one chapter's Markdown. `file` is for messages; the chapter's name is its base name. */
export function parseChapter(markdown: string, file: string): Requirement[] {
  const chapter = file.replace(/^.*\//, "").replace(/\.md$/, "");
  const tree = unified().use(remarkParse).use(remarkDirective).parse(markdown);
  const found: Requirement[] = [];
  visit(tree, ["containerDirective", "leafDirective"], (node) => {
    const directive = node as ContainerDirective;
    const line = directive.position?.start.line ?? 1;
    const where = `${file}:${line}`;
    if (directive.name !== "requirement" || node.type !== "containerDirective") {
      throw new SpecError(
        `${where}: unknown directive "${directive.name}": a chapter holds :::requirement blocks only`,
      );
    }
    found.push(requirementOf(directive, chapter, { file, line }));
  });
  for (const [index, requirement] of found.entries()) {
    const first = found.findIndex((other) => other.id === requirement.id);
    if (first !== index) {
      throw new SpecError(
        `${file}:${requirement.location.line}: ${requirement.id} stands here a second time (first in line ${found[first]?.location.line})`,
      );
    }
  }
  return found;
}

function requirementOf(
  directive: ContainerDirective,
  chapter: string,
  location: { file: string; line: number },
): Requirement {
  const where = `${location.file}:${location.line}`;
  const attributes = checked(requirementAttributes, directive.attributes ?? {}, where);
  const { statement, parts } = sectionsOf(directive.children, where);
  return checked(
    requirementSchema,
    {
      id: `${chapter}/${attributes.slug}`,
      chapter,
      level: attributes.level,
      guests: attributes.guests,
      sizes: (attributes.sizes ?? "").split(" ").filter(Boolean).map(Number),
      statement,
      ...parts,
      location,
    },
    where,
  );
}

function sectionsOf(children: readonly RootContent[], where: string) {
  const parts: Record<string, string> = {};
  const statement: string[] = [];
  let current: string | undefined;
  for (const child of children) {
    const label = labelOf(child);
    const text = textOf(child).trim();
    if (label === undefined) {
      if (current === undefined) statement.push(text);
      else parts[current] += `\n\n${text}`;
      continue;
    }
    const known = labels.find((name) => name === label);
    if (known === undefined) {
      throw new SpecError(`${where}: unknown part "${label}": the parts are ${labels.join(", ")}`);
    }
    current = known.toLowerCase();
    if (current in parts) throw new SpecError(`${where}: the part "${label}" stands twice`);
    parts[current] = text.slice(label.length + 1).trim();
  }
  const missing = labels.filter((name) => !(name.toLowerCase() in parts));
  if (missing.length > 0)
    throw new SpecError(`${where}: lacks the part "${missing[0]}" (a paragraph that begins with **${missing[0]}.**)`);
  return { statement: statement.join("\n\n"), parts };
}

/** The label of a paragraph that begins with bold text ending in a full stop, such as `**Stimulus.**`. */
function labelOf(node: RootContent): string | undefined {
  if (node.type !== "paragraph" || node.children[0]?.type !== "strong") return undefined;
  const text = textOf(node.children[0]);
  return text.endsWith(".") ? text.slice(0, -1) : undefined;
}

function checked<T extends z.ZodType>(schema: T, value: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw new SpecError(`${where}: ${z.prettifyError(result.error).replaceAll("\n", " ")}`);
  return result.data;
}
