/**
 * `npm test`: sets up what is missing, then runs, on Node 26, `vitest run` and, where Rust is used, `cargo test
 * --release --workspace`. `npm test -- ARGS` hands ARGS to vitest and runs only that. Fails when either fails, and
 * when a host is not built, unless the user asked for that with EVENLANE_WITHOUT_RUST=1 or nobody makes it for this system.
 */
import { mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./lib/children.mjs";
import {
  countCargo,
  countVitest,
  describeCounts,
  failuresOfCargo,
  failuresOfVitest,
  isSuccess,
  sumCounts,
} from "./lib/count.mjs";
import { readIfThere, writeAtomically } from "./lib/files.mjs";
import { buildFolder, root } from "./lib/paths.mjs";
import { Progress } from "./lib/progress.mjs";
import { runMain, sayNotBuilt, setUp } from "./setup.mjs";
import { provideBenchTools } from "./steps/bench-tools.mjs";
import { cargoEnvironmentNow, isLacking, rustHosts } from "./steps/hosts.mjs";
import { node26 } from "./steps/npm.mjs";
import { provideSabotagedHosts } from "./steps/saboteurs.mjs";

const reports = join(buildFolder, "test-report");

async function runVitest(args) {
  const report = join(reports, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await run(node26, ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...args], {
    cwd: root,
    // What a test starts as `node` is this Node too.
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}` },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const text = readIfThere(report);
  return { count: countVitest(text, code), failures: failuresOfVitest(text) };
}

/** Builds what only some tests need, where this run has them. */
async function buildFor(args) {
  const runs = (part) => args.length === 0 || args.some((arg) => arg.includes(part));
  const progress = new Progress();
  try {
    if (runs("saboteurs")) await provideSabotagedHosts({ progress, command: "npm test" });
    if (runs("bench")) await provideBenchTools({ progress, command: "npm test" });
  } finally {
    progress.done();
  }
}

async function runCargoTest() {
  let output = "";
  const { code } = await run("cargo", ["test", "--release", "--workspace", "--locked", "--no-fail-fast"], {
    cwd: root,
    env: { ...(await cargoEnvironmentNow({ command: "npm test" })), CARGO_TERM_COLOR: "never" },
    stdio: ["ignore", "pipe", "inherit"],
    onLine: (line) => {
      process.stdout.write(`${line}\n`);
      output += `${line}\n`;
    },
  });
  return { count: countCargo(output, code), failures: failuresOfCargo(output) };
}

await runMain(async () => {
  rmSync(reports, { recursive: true, force: true }); // a report of the last run must not be taken for this one's
  mkdirSync(reports, { recursive: true });
  const hosts = await setUp({ command: "npm test" });
  const args = process.argv.slice(2);

  const rust = hosts.filter(({ name }) => rustHosts.some((host) => host.name === name));
  const hasRust = rust.every(({ status }) => status === "built");
  if (hasRust) await buildFor(args);
  const vitest = await runVitest(args);
  const counts = { vitest: vitest.count };
  const failures = vitest.failures;
  if (args.length === 0 && hasRust) {
    const cargo = await runCargoTest();
    counts.cargo = cargo.count;
    failures.push(...cargo.failures);
  }

  // A test run without a host proves less than it seems to: that is a failure, unless it is what was asked for.
  const lacking = hosts.filter(isLacking);
  if (lacking.length > 0) counts.hosts = { passed: 0, failed: lacking.length };
  sayNotBuilt(hosts);

  const total = sumCounts(Object.values(counts));
  writeAtomically(join(reports, "summary.json"), `${JSON.stringify({ ...total, parts: counts }, null, 2)}\n`);
  // Told again where a reader of a long log looks first.
  for (const { name, message } of failures) {
    process.stdout.write(`\nfailed: ${name.replace(`${root}/`, "")}\n${message === "" ? "" : `${message}\n`}`);
  }
  const parts = Object.entries(counts).map(([name, count]) => `${name}: ${describeCounts(count)}`);
  process.stdout.write(`\n${parts.join("; ")}\n`);
  return isSuccess(total) ? 0 : 1;
});
