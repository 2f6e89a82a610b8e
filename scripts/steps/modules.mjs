/** The conformance modules: compiled by modules/build.ts, which itself does nothing where nothing has changed. */
import { run } from "../lib/children.mjs";
import { openLog } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { node26 } from "./npm.mjs";

/** A run that has something to do takes longer than this; one that has not is over before anybody need know of it. */
const quietMs = 1000;

/** Compiles the modules where a source, a compiler or an output has changed. */
export async function buildModules({ progress, env = process.env }) {
  const log = openLog("modules");
  const lines = [];
  const timer = setTimeout(() => progress.say("compiling the modules"), quietMs);
  const result = await run(node26, ["modules/build.ts"], {
    cwd: root,
    env,
    onLine: (line) => {
      log.write(line);
      lines.push(line);
    },
  });
  clearTimeout(timer);
  await log.close();
  if (result.code === 0) return;
  process.stderr.write(`${lines.slice(-30).join("\n")}\n`);
  throw new Problem(`the modules do not compile: what modules/build.ts said is above and in ${log.path}.`);
}
