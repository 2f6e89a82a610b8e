import { execFile } from "node:child_process";
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
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined }, maxBuffer: 1 << 26 };
    execFile(process.execPath, ["conformance/cli.ts", ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
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
