/** The origin of benches and the limit, a host without a guest: built when they are asked for, into build/bench. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { copyAtomically } from "../lib/files.mjs";
import { withLock } from "../lib/lock.mjs";
import { buildFolder, cacheFolder } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { clearStamp, hashInputs, isFresh, setStamp } from "../lib/stamps.mjs";
import { cargoBuild } from "./cargo-build.mjs";
import { cargoEnvironment } from "./hosts.mjs";
import { findRust } from "./rust.mjs";

const inputs = ["hosts/core", "hosts/bench", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo"];

/** Where the programs stand once they are built. */
export const benchTools = {
  origin: join(buildFolder, "bench/evenlane-bench-origin"),
  limit: join(buildFolder, "bench/evenlane-bench-limit"),
};

/** Builds them where they are not made from today's sources. Throws a Problem where they cannot be built. */
export async function provideBenchTools({ progress, command, env = process.env }) {
  const hash = hashInputs(inputs, [env.RUSTFLAGS ?? ""]);
  if (isFresh("bench-tools", hash) && Object.values(benchTools).every((path) => existsSync(path))) return;
  clearStamp("bench-tools");
  const rust = await findRust(env, command);
  if (rust.missing) throw new Problem(`${rust.missing}.`);
  // Two clones share the target folder: between the build and the copy no other may build.
  await withLock(
    join(cacheFolder(env), "lock"),
    async () => {
      const { binaries, failure } = await cargoBuild({
        packages: ["evenlane-bench"],
        // No engine is in them, so that V8's archive is not needed.
        env: cargoEnvironment(rust.env),
        progress,
        what: "the bench's tools",
        takes: "1 to 2 minutes",
      });
      for (const [name, path] of Object.entries(benchTools)) {
        const binary = binaries[`evenlane-bench-${name}`];
        if (binary === undefined) throw new Problem(`${failure}.`);
        copyAtomically(binary, path);
      }
    },
    { onWait: ({ pid }) => progress.say(`waiting for another set-up (process ${pid}) that uses ${cacheFolder(env)}`) },
  );
  setStamp("bench-tools", hash);
}
