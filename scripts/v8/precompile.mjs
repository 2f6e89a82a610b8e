/** Makes the precompiled headers, with the flags that V8's own build files give the objects that will use them. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../lib/children.mjs";
import { Problem } from "../lib/problem.mjs";
import { isDropped } from "./compiler.mjs";
import { precompiledGroups } from "./headers.mjs";

/** Splits a command as ninja prints it: words parted by spaces, with single quotes, double quotes and backslashes. */
export function splitCommand(text) {
  const found = [];
  let word;
  for (const [part] of text.matchAll(/'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\s+|[^\s'"\\]+/gs)) {
    if (/^\s/.test(part)) {
      if (word !== undefined) found.push(word);
      word = undefined;
      continue;
    }
    let piece = part;
    if (part[0] === "'") piece = part.slice(1, -1);
    else if (part[0] === '"') piece = part.slice(1, -1).replaceAll(/\\([\\"$`])/g, "$1");
    else if (part[0] === "\\") piece = part.slice(1);
    word = (word ?? "") + piece;
  }
  if (word !== undefined) found.push(word);
  return found;
}

/** The flags of a compile command that a precompiled header must share: all but what names this one object. */
export function headerFlags(command) {
  const [, ...words] = splitCommand(command);
  const flags = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "-MF" || word === "-o") at++;
    else if (word === "-MD" || word === "-c" || /\.(cc|cpp)$/.test(word) || isDropped(word)) continue;
    else flags.push(word);
  }
  return flags;
}

/** The `#include` paths of a group's header, below V8's own folder or below the generated one. */
function includesOf({ headers, generatedSample }, out, v8Folder) {
  if (headers) return headers.map((header) => `src/${header}`).filter((header) => existsSync(join(v8Folder, header)));
  const sample = readFileSync(join(out, generatedSample), "utf8");
  return [...sample.matchAll(/^#include "([^"]+\.h)"/gm)]
    .map(([, header]) => header)
    .filter((header) => !header.includes("torque-generated/src/builtins/iterator"))
    .filter((header) => header.includes("torque-generated") || existsSync(join(v8Folder, header)));
}

/** Where a group's precompiled header is, which the compiler's shim looks for. */
export function headerPath(headersFolder, group) {
  return join(headersFolder, `${group}.pch`);
}

/**
 * Makes one group's header where it is not there yet. An existing one is left as it is, always: every object depends
 * on it, and making it anew would compile them all again.
 */
export async function precompile(group, { clang, ninja, out, v8Folder, headersFolder, env }) {
  const result = headerPath(headersFolder, group);
  if (existsSync(result)) return;
  const recipe = precompiledGroups[group];
  const commands = await capture(ninja, ["-t", "commands", recipe.flagsOf], { cwd: out, env });
  if (commands.code !== 0) throw new Problem(`ninja does not know ${recipe.flagsOf}: ${commands.stderr.trim()}`);
  const command = commands.stdout.trim().split("\n").at(-1);
  const header = join(headersFolder, `${group}.h`);
  const includes = includesOf(recipe, out, v8Folder);
  writeFileSync(header, includes.map((path) => `#include "${path}"\n`).join(""));
  const args = [
    ...headerFlags(command),
    ...["-Wno-everything", "-x", "c++-header", header, "-o", `${result}.tmp`],
    // Without its time inside, a header that is copied or restored is still the same header.
    ...["-Xclang", "-fno-pch-timestamp", "-fpch-instantiate-templates"],
  ];
  const compiled = await capture(clang, args, { cwd: out, env });
  if (compiled.code !== 0) {
    throw new Problem(`V8's precompiled header ${group} does not compile: ${firstError(compiled.stderr)}`);
  }
  renameSync(`${result}.tmp`, result);
}

function firstError(text) {
  return text.split("\n").find((line) => line.includes("error:")) ?? text.trim().split("\n").at(-1);
}
