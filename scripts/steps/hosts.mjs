/**
 * The hosts: the two Rust ones through cargo, into build/hosts/ of this clone; the JavaScript one on each of its runtimes.
 * A Rust host that cannot be had is no error here: its reason goes into build/hosts.json, and the others run.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { copyAtomically, writeIfChanged } from "../lib/files.mjs";
import { withLock } from "../lib/lock.mjs";
import { buildFolder, cacheFolder, cargoTargetFolder } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { Progress } from "../lib/progress.mjs";
import { clearStamp, hashInputs, isFresh, setStamp } from "../lib/stamps.mjs";
import { cargoBuild } from "./cargo-build.mjs";
import { javascriptEntry } from "./js-host.mjs";
import { node26 } from "./npm.mjs";
import { findRuntime, runtimes } from "./runtimes.mjs";
import { findRust } from "./rust.mjs";
import { provideArchive } from "./v8.mjs";

/**
 * The hosts that cargo builds: the name, the guest languages it runs (each a column of the matrix, shown even where the
 * host is not built), and the package, which is also the binary's name.
 */
export const rustHosts = [
  { name: "wasmtime", guests: ["as", "ts"], package: "evenlane-host-wasmtime" },
  { name: "v8", guests: ["ts", "as"], package: "evenlane-host-v8" },
];

/** The program that the tests ask for a second opinion on histories; built with the hosts, since it shares their dependencies. */
const judgePackage = "evenlane-adya-judge";
const judgeBinary = join(buildFolder, "judges", judgePackage);

/** The JavaScript host, on Node; on the other runtimes it is the same program. */
const javascriptHost = { name: "node", guests: ["ts", "as"], entry: javascriptEntry };

/** What the binaries are made from. */
export const hostInputs = [
  "hosts/core",
  "hosts/wasmtime",
  "hosts/v8",
  "tests/adya",
  "Cargo.toml",
  "Cargo.lock",
  "node_modules/quickjs-wasi/quickjs.wasm",
  "rust-toolchain.toml",
  ".cargo",
];

/** Where the list of the hosts stands, for the kit. */
export const hostsFile = join(buildFolder, "hosts.json");

const binaryOf = (host) => join(buildFolder, "hosts", host.package);

/**
 * Why a host is not built: `asked` (the user said so), `absent` (nobody makes it for this system), `missing` (something to
 * install), `broken` (it should have built). The kit needs only the sentence; `npm test` must tell the first two from the others.
 */
function notBuilt(host, cause, reason) {
  return { name: host.name, guests: host.guests, status: "not-built", reason, cause };
}

const builtHost = ({ name, guests }, command) => ({ name, guests, status: "built", command });
const builtRustHost = (host) => builtHost(host, [binaryOf(host)]);

/** Whether that a host is not built is a failure of the set-up: the user did not ask for it, and it can be had. */
export function isLacking({ status, cause }) {
  return status === "not-built" && cause !== "asked" && cause !== "absent";
}

/** Provides all hosts, writes build/hosts.json and returns what it says, with the causes. */
export async function provideHosts({ withoutRust, progress, command, env = process.env }) {
  const rust = withoutRust
    ? rustHosts.map((host) =>
        notBuilt(
          host,
          "asked",
          "the set-up ran without Rust, as asked: run npm start without --without-rust and EVENLANE_WITHOUT_RUST",
        ),
      )
    : await provideRustHosts({ progress, command, env });
  const javascript = runtimes.map((runtime) => {
    const { command: started, cause, reason } = findRuntime(runtime);
    return started === undefined ? notBuilt(runtime, cause, reason) : builtHost(runtime, started);
  });
  const hosts = [...rust, builtHost(javascriptHost, [node26, javascriptHost.entry]), ...javascript];
  const listed = hosts.map(({ cause, ...host }) => host);
  writeIfChanged(hostsFile, `${JSON.stringify({ version: 1, hosts: listed }, null, 2)}\n`);
  return hosts;
}

/** A name for the bytes of the archive that the user named, cheap to make; undefined where none is named. */
function archiveIdentity({ RUSTY_V8_ARCHIVE: path }) {
  if (!path) return undefined;
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${path} ${found.size} ${found.mtimeMs}` : path;
}

/**
 * Whether the binaries are made from today's sources, and with the archive that the user names. Where none is named,
 * the one they were made with will do: to obtain another could take half an hour, for nothing.
 */
function hostsAreFresh(hash, identity) {
  const binaries = [...rustHosts.map(binaryOf), judgeBinary];
  if (!isFresh("hosts", hash) || !binaries.every((binary) => existsSync(binary))) return false;
  return identity === undefined || isFresh("hosts-archive", identity);
}

async function provideRustHosts({ progress, command, env }) {
  const hash = hashInputs(hostInputs, [env.RUSTFLAGS ?? ""]);
  const identity = archiveIdentity(env);
  if (hostsAreFresh(hash, identity)) return rustHosts.map(builtRustHost);
  clearStamp("hosts");
  const rust = await findRust(env, command);
  if (rust.missing) {
    // An old binary would be judged as if it were today's sources.
    for (const binary of [...rustHosts.map(binaryOf), judgeBinary]) rmSync(binary, { force: true });
    return rustHosts.map((host) => notBuilt(host, "missing", rust.missing));
  }
  // Two clones share the target folder: between the build and the copy no other may build.
  const hosts = await withLock(join(cacheFolder(env), "lock"), () => build({ rust, progress, command }), {
    onWait: ({ pid }) => progress.say(`waiting for another set-up (process ${pid}) that uses ${cacheFolder(env)}`),
  });
  if (hosts.every((host) => host.status === "built")) {
    setStamp("hosts-archive", identity ?? "");
    setStamp("hosts", hash);
  }
  return hosts;
}

async function build({ rust, progress, command }) {
  let archive;
  let archiveProblem;
  try {
    archive = await provideArchive({ target: rust.target, env: rust.env, progress, command });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    archiveProblem = error.message.replace(/\.$/, "");
  }
  const wanted = archive ? rustHosts : rustHosts.filter((host) => host.name !== "v8");
  const built = await cargoBuild({
    packages: [...wanted.map((host) => host.package), judgePackage],
    env: cargoEnvironment(rust.env, archive),
    progress,
  });
  // Without it the tests that ask it fail; the hosts run all the same.
  if (built.binaries[judgePackage]) copyAtomically(built.binaries[judgePackage], judgeBinary);
  else rmSync(judgeBinary, { force: true });
  return rustHosts.map((host) => {
    if (!wanted.includes(host)) return discard(host, "missing", archiveProblem);
    const binary = built.binaries[host.package];
    if (!binary) return discard(host, "broken", built.failure);
    copyAtomically(binary, binaryOf(host));
    return builtRustHost(host);
  });
}

function discard(host, cause, reason) {
  rmSync(binaryOf(host), { force: true });
  return notBuilt(host, cause, reason);
}

/** What every call of cargo for this workspace needs. */
export function cargoEnvironment(env, archive) {
  const added = { CARGO_TARGET_DIR: cargoTargetFolder(env) };
  if (archive) added.RUSTY_V8_ARCHIVE = archive;
  return { ...env, ...added };
}

/**
 * That environment once the set-up has run. V8's archive is at hand then, unless it was named for the set-up and is not
 * named now: then it is obtained as in a first set-up.
 */
export async function cargoEnvironmentNow({ env = process.env, command }) {
  const rust = await findRust(env, command);
  if (rust.missing) throw new Problem(`${rust.missing}.`);
  const progress = new Progress();
  try {
    return cargoEnvironment(rust.env, await provideArchive({ target: rust.target, env: rust.env, progress, command }));
  } finally {
    progress.done();
  }
}
