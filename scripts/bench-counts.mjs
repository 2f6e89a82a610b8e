/**
 * `npm run bench:counts`: runs each of the hosts' benches once and compares what it allocates with hosts/allocations.json: times differ from machine to machine, counts
 * do not. Ends with 1 where an operation allocates more than is checked in, or is not in it. `--update` writes the file anew.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./lib/children.mjs";
import { root } from "./lib/paths.mjs";
import { Problem } from "./lib/problem.mjs";
import { runMain } from "./setup.mjs";

const file = join(root, "hosts/allocations.json");
const benches = ["core", "v8", "wasmtime"];

/** A count is a mean over a thousand iterations: what grows once in a while, such as a table of a map, moves it a little. */
const slack = 0.05;

/** Allocations of one iteration of each operation. */
async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "evenlane-counts-"));
  try {
    const env = { ...process.env, EVENLANE_BENCH_OUT: folder };
    const { code } = await run("npm", ["run", "--silent", "bench:costs", "--", "--test"], {
      cwd: root,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (code !== 0) throw new Problem(`npm run bench:costs -- --test failed (exit code ${code}).`);
    const found = benches.flatMap((bench) =>
      Object.entries(JSON.parse(readFileSync(join(folder, `${bench}.allocations.json`), "utf8"))),
    );
    return Object.fromEntries(found.map(([name, { allocations }]) => [name, Math.round(allocations * 100) / 100]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is more than is checked in, and what is not in it, a line each. */
export function regressions(checkedIn, now) {
  return Object.entries(now).flatMap(([name, count]) => {
    const before = checkedIn[name];
    if (before === undefined) return [`${name}: ${count} allocations, and it is not checked in`];
    return count > before * (1 + slack) + slack
      ? [`${name}: ${count} allocations, where ${before} are checked in`]
      : [];
  });
}

async function main() {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== "--update");
  if (unknown) throw new Problem(`it does not know ${unknown}: its only option is --update.`);
  const now = await measure();
  if (args.includes("--update")) {
    writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
    return 0;
  }
  const wrong = regressions(JSON.parse(readFileSync(file, "utf8")), now);
  for (const line of wrong) process.stderr.write(`evenlane: ${line}\n`);
  if (wrong.length > 0)
    process.stderr.write("evenlane: mend it, or say why and run npm run bench:counts -- --update\n");
  return wrong.length > 0 ? 1 : 0;
}

if (import.meta.main || process.argv[1] === import.meta.filename) await runMain(main);
