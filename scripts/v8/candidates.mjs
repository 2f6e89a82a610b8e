/**
 * Where the `v8` crate's own build script would download its archive from: the same addresses, read from the same
 * variables and from the script itself, so that they cannot drift apart.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { v8Version } from "./version.mjs";

/** The artifact's name where the crate publishes it, for the features that hosts/v8 uses (none that changes it). */
export function artifactName(target) {
  return `librusty_v8_release_${target}.a.gz`;
}

/** Whether the build script would ask the network for this. */
export function isRemote(address) {
  return address.startsWith("http:") || address.startsWith("https:");
}

/** The words that mean yes to the build script. */
function isOn(value) {
  return ["true", "1", "yes"].includes(value ?? "");
}

/** The addresses and local paths to try, in order. `buildScript` is the text of the crate's build.rs. */
export function candidates(target, buildScript, env = process.env) {
  const file = artifactName(target);
  const tag = env.RUSTY_V8_MIRROR_TAG ?? `v${v8Version}`;
  const mirror = env.RUSTY_V8_MIRROR;
  const found = [];
  if (mirror?.includes("{")) {
    const values = { tag, version: v8Version, target, profile: "release", features: "", file };
    found.push(mirror.replaceAll(/\{(tag|version|target|profile|features|file)\}/g, (_, name) => values[name]));
  } else if (mirror !== undefined) {
    found.push(`${mirror}/${tag}/${file}`);
    if (!isRemote(mirror)) found.push(`${mirror}/${file}`);
  }
  // A mirror fails closed: the public address is asked beside it only on request.
  if (mirror === undefined || isOn(env.RUSTY_V8_MIRROR_FALLBACK)) {
    const base = /const DEFAULT_ARTIFACT_BASE: &str =\s*"([^"]+)"/.exec(buildScript)?.[1];
    if (base) found.push(`${base}/${tag}/${file}`);
  }
  return found;
}

/** Where the crate keeps archives that were put there by hand; its build script looks here before it downloads. */
export function crateCachePath(target, env = process.env) {
  const tag = env.RUSTY_V8_MIRROR_TAG ?? `v${v8Version}`;
  const key = `${tag}/${artifactName(target)}`.replaceAll(/[^A-Za-z0-9]/g, "_");
  return join(env.CARGO_HOME || join(homedir(), ".cargo"), ".rusty_v8", key);
}
