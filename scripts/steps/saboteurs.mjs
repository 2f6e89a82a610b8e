/**
 * The hosts of the real engines with their deliberate faults, for `evenlane saboteurs`: built with the cargo feature `saboteurs` into a folder of their own, beside
 * the hosts that users get.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { copyAtomically } from "../lib/files.mjs";
import { withLock } from "../lib/lock.mjs";
import { buildFolder, cacheFolder } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { clearStamp, hashInputs, isFresh, setStamp } from "../lib/stamps.mjs";
import { cargoBuild } from "./cargo-build.mjs";
import { cargoEnvironmentNow, hostInputs, rustHosts } from "./hosts.mjs";

const packages = rustHosts.map((host) => host.package);
const binaryOf = (name) => join(buildFolder, "saboteurs", name);

/** Builds them where they are not made from today's sources. Throws a Problem where they cannot be built. */
export async function provideSabotagedHosts({ progress, command, env = process.env }) {
  const hash = hashInputs(hostInputs, [env.RUSTFLAGS ?? ""]);
  if (isFresh("saboteurs", hash) && packages.every((name) => existsSync(binaryOf(name)))) return;
  clearStamp("saboteurs");
  const cargoEnv = await cargoEnvironmentNow({ env, command });
  // Two clones share the target folder: between the build and the copy no other may build.
  await withLock(
    join(cacheFolder(env), "lock"),
    async () => {
      const features = packages.map((name) => `${name}/saboteurs`);
      const { binaries, failure } = await cargoBuild({ packages, features, env: cargoEnv, progress });
      for (const name of packages) {
        if (binaries[name] === undefined) throw new Problem(`${failure}.`);
        copyAtomically(binaries[name], binaryOf(name));
      }
    },
    { onWait: ({ pid }) => progress.say(`waiting for another set-up (process ${pid}) that uses ${cacheFolder(env)}`) },
  );
  setStamp("saboteurs", hash);
}
