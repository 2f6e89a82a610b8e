/**
 * The crate's own download, done by us: the same addresses as its build script, but bounded in time, with progress,
 * and kept in the cache folder. Letting `cargo build` try would cost more than half a minute of its retries where the
 * address is refused, could hang without end, and would leave its result inside one target folder.
 */
import { createReadStream, readFileSync, renameSync, rmSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { run } from "../lib/children.mjs";
import { temporaryName } from "../lib/files.mjs";
import { candidates, crateCachePath, isRemote } from "./candidates.mjs";

const fetchFile = fileURLToPath(new URL("fetch-file.mjs", import.meta.url));

/** However slow the network is: after this long, building is the faster way. */
const limitMs = 20 * 60_000;

/**
 * Tries each address and puts the first whole archive at `output`. Resolves to undefined when it is there, else to
 * the reason why no address served it. `node` is a Node that knows `--use-env-proxy` (24 or later).
 */
export async function downloadArchive({ target, crate, output, node, progress, env = process.env }) {
  const buildScript = readFileSync(join(crate, "build.rs"), "utf8");
  const reasons = [];
  await mkdir(dirname(output), { recursive: true });
  for (const address of [crateCachePath(target, env), ...candidates(target, buildScript, env)]) {
    const temporary = temporaryName(output);
    try {
      if (isRemote(address)) await fetchTo({ address, temporary, node, progress, env });
      else await copyFile(address, temporary);
      await checkArchive(temporary);
      renameSync(temporary, output);
      progress.say(`V8's archive came from ${address} and is kept at ${output}`);
      return undefined;
    } catch (error) {
      if (error.code !== "ENOENT") reasons.push(`${address}: ${error.message}`);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  return reasons.join("; ") || "the crate names no address";
}

async function fetchTo({ address, temporary, node, progress, env }) {
  const flags = ["--use-env-proxy", "--use-system-ca", "--disable-warning=ExperimentalWarning"];
  let reason;
  progress.update(`downloading V8's archive from ${address}`);
  const result = await run(node, [...flags, fetchFile, address, temporary], {
    env,
    limitMs,
    onLine: (line, stream) => {
      if (stream === "stdout") progress.update(`downloading V8's archive: ${line}`);
      else reason = line;
    },
  });
  if (result.timedOut) reason = `it took more than ${limitMs / 60_000} min`;
  if (result.code !== 0) throw new Error(reason ?? "the download failed");
}

/** Unpacks the file into nothing: a page that says "sign in", or half an archive, must not be kept. */
async function checkArchive(file) {
  let first;
  const sink = new Writable({
    write(chunk, _encoding, next) {
      first ??= chunk.subarray(0, 8).toString("latin1");
      next();
    },
  });
  try {
    await pipeline(createReadStream(file), createGunzip(), sink);
  } catch {
    throw new Error("what came is not a whole gzip file");
  }
  if (first !== "!<arch>\n") throw new Error("what came is not a static library");
}
