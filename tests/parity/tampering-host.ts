import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { HostEntry } from "../../conformance/run/columns.ts";

/**
 * Writes a list of two hosts: `sound`, which is the given one, and `tampered`, the same behind a program that runs `tamper` on the `result` of each call on
 * its way to the kit. Gives the file's name.
 */
export function tamperingHost(sound: HostEntry, tamper: string): string {
  if (sound.status !== "built") throw new Error(`${sound.name} is not built`);
  const folder = mkdtempSync(path.join(tmpdir(), "evenlane-tampering-"));
  const program = path.join(folder, "tampering.mjs");
  writeFileSync(
    program,
    `import { spawn } from "node:child_process";
    import { createInterface } from "node:readline";
    const [command, ...args] = ${JSON.stringify(sound.command)};
    const host = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const calls = new Map();
    for (const [input, output, pass] of [
      [process.stdin, host.stdin, ({ id, method, params }) => method === "call" && calls.set(id, params)],
      [host.stdout, process.stdout, ({ id, result }) => {
        const call = calls.get(id);
        if (call !== undefined && result !== undefined) { ${tamper} }
      }],
    ]) {
      createInterface({ input }).on("line", (line) => {
        const frame = JSON.parse(line);
        pass(frame);
        output.write(JSON.stringify(frame) + "\\n");
      }).on("close", () => output === host.stdin && host.stdin.end());
    }
    host.on("exit", (code) => process.exit(code ?? 1));`,
  );
  const tampered = { ...sound, name: "tampered", command: [process.execPath, program] };
  const file = path.join(folder, "hosts.json");
  writeFileSync(file, JSON.stringify({ version: 1, hosts: [{ ...sound, name: "sound" }, tampered] }));
  return file;
}
