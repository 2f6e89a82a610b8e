/** `cargo build --release` for some packages of the workspace, with progress, and which binaries came of it. */
import { run } from "../lib/children.mjs";
import { openLog } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";

/** Reads cargo's progress bar, `Building [==>   ] 12/345: serde, tokio`: `{ done, total }`, or undefined. */
export function parseCargoProgress(line) {
  const match = /Building \[[^\]]*\] (\d+)\/(\d+)/.exec(line);
  return match ? { done: Number(match[1]), total: Number(match[2]) } : undefined;
}

/** The lines of the first error that cargo printed, shortened for a screen. */
export function firstErrorBlock(lines, limit = 15) {
  const start = lines.findIndex((line) => /^error(\[|:)/.test(line));
  if (start < 0) return lines.slice(-limit);
  const length = lines.slice(start).findIndex((line) => line.trim() === "");
  return lines.slice(start, start + Math.min(limit, length < 0 ? limit : length));
}

/**
 * Builds and resolves to `{ binaries: { package: path }, failure }`. One call for all packages, so that their common
 * dependencies are built once with the same features (`features`: `package/feature`); `--keep-going`, so that one host's fault does not cost the other.
 * `what` and `takes` are for people: what is built, and how long that takes the first time.
 */
export async function cargoBuild({
  packages,
  features = [],
  env,
  progress,
  what = "the hosts",
  takes = "5 to 10 minutes",
}) {
  progress.say(`building ${what} (cargo build --release; the first time takes ${takes} on two cores)`);
  const log = openLog("cargo");
  const lines = [];
  const binaries = {};
  // The messages name each binary's place, whatever the user's cargo settings make of it.
  const format = ["--message-format", "json-render-diagnostics"];
  const args = ["build", "--release", "--locked", "--keep-going", ...format, ...packages.flatMap((one) => ["-p", one])];
  if (features.length > 0) args.push("--features", features.join(","));
  const result = await run("cargo", args, {
    cwd: root,
    // The bar is for people, but it is the only thing that tells how much is left.
    env: { ...env, CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "100", CARGO_TERM_COLOR: "never" },
    onLine: (line, stream) => {
      if (stream === "stdout") {
        const message = line.startsWith("{") ? JSON.parse(line) : {};
        if (message.reason === "compiler-artifact" && message.executable)
          binaries[message.target.name] = message.executable;
        return;
      }
      const step = parseCargoProgress(line);
      if (step) progress.update(`building ${what}: ${step.done} of ${step.total} crates`);
      else if (line.trim()) {
        lines.push(line);
        log.write(line);
      } else lines.push("");
    },
  });
  await log.close();
  progress.done();
  if (result.code !== 0) process.stderr.write(`${firstErrorBlock(lines).join("\n")}\n`);
  const reason = lines.find((line) => /^error(\[|:)/.test(line)) ?? `exit code ${result.code}`;
  return { binaries, failure: `cargo build failed (${reason}); its output is in ${log.path}` };
}
