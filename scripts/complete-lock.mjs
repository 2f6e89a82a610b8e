/**
 * `node scripts/complete-lock.mjs`: to be run after `npm install` has changed package-lock.json.
 *
 * A registry mirror may lack the optional packages for systems other than its own (biome has ten). npm then leaves
 * them out of the lock file, and `npm ci` refuses that file everywhere. This adds them: exact version, and the system
 * that the name tells. They have no checksum here, since there was nothing to take it from.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeAtomically } from "./lib/files.mjs";
import { root } from "./lib/paths.mjs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** What a name such as `@biomejs/cli-linux-x64-musl` says of its package, or undefined. */
export function describePlatform(name) {
  const words = name.split("/").at(-1).split("-");
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  if (!os || !cpu) return undefined;
  const libc = os === "linux" ? { libc: [words.includes("musl") ? "musl" : "glibc"] } : {};
  return { cpu: [cpu], ...libc, os: [os] };
}

/** The optional packages that a lock file (parsed) names without describing them: `[path, entry]`. */
export function missingOptional(lock) {
  const missing = new Map();
  for (const [owner, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      if (path in lock.packages || `${owner}/${path}` in lock.packages) continue;
      const platform = describePlatform(name);
      if (!platform || !/^\d/.test(version)) throw new Error(`cannot tell what ${name}@${version} is for`);
      missing.set(path, { version, ...(dev ? { dev } : {}), ...platform, optional: true });
    }
  }
  return [...missing];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const path = join(root, "package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const added = missingOptional(lock);
  const inOrder = Object.entries({ ...lock.packages, ...Object.fromEntries(added) });
  lock.packages = Object.fromEntries(inOrder.sort(([a], [b]) => a.localeCompare(b, "en")));
  writeAtomically(path, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`added ${added.length} packages to package-lock.json\n`);
}
