import { type ChildProcess, execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../../conformance/package.ts";

/** What a run of the command line came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a process of its own. */
export function evenlane(...args: string[]): Promise<Ran> {
  return interruptible(...args).ended;
}

/** Runs the command line in a process of its own that can be signalled meanwhile. */
export function interruptible(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1" };
  delete env.FORCE_COLOR;
  const { promise: ended, resolve } = Promise.withResolvers<Ran>();
  const options = { cwd: root, env, maxBuffer: 1 << 26 };
  const child = execFile(process.execPath, ["conformance/cli.ts", ...args], options, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return { child, ended };
}

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "evenlane-cli-"));
}

/** Writes a list of one host, whose program is this JavaScript, and gives the file's name. */
export function hostsFile(program: string, guests: readonly string[] = ["ts"]): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "host.mjs"), program);
  const host = { name: "odd", guests, status: "built", command: [process.execPath, path.join(folder, "host.mjs")] };
  const file = path.join(folder, "hosts.json");
  writeFileSync(file, JSON.stringify({ version: 1, hosts: [host] }));
  return file;
}
