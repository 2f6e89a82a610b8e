/** Modules that cannot be loaded: every column refuses them for the same reason, says why, and lives on. */
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { HostProcess, RequestRefused } from "../../conformance/protocol/host-process.ts";
import { columnsOf, readHosts } from "../../conformance/run/columns.ts";

const folder = mkdtempSync(path.join(tmpdir(), "evenlane-modules-"));

/** Why a module is refused, and what the message must name. */
type Case = readonly [name: string, source: string, reason: string, names: string];

const describing = (description: string, call = '() => "null"') =>
  `export default { abi: 1, describe: () => ${JSON.stringify(description)}, call: ${call} };`;
const description = (fields: object) =>
  JSON.stringify({ abi: 1, name: "bad", tables: [], hooks: [], functions: [], ...fields });

const javascript: readonly Case[] = [
  ["does not parse", "export default {", "compile", ""],
  ["imports something", 'import "node:fs"; export default {};', "compile", "node:fs"],
  ["throws while it is evaluated", 'throw new Error("not today");', "compile", "not today"],
  ["has no default export", "export const abi = 1;", "compile", "default"],
  [
    "throws in describe",
    'export default { abi: 1, describe() { throw new Error("no words"); }, call() {} };',
    "describe",
    "no words",
  ],
  ["describes itself in no JSON", describing("{"), "interface", ""],
  ["has a field too many in its description", describing(description({ extra: 1 })), "interface", "extra"],
  ["has a name twice", describing(description({ tables: ["t", "t"] })), "interface", "t"],
  [
    "throws in init",
    describing(description({ hooks: ["init"] }), '() => { throw new Error("no start"); }'),
    "init",
    "no start",
  ],
];

/** An AssemblyScript module that hands over a description. */
const handingOver = (text: string, call = "") => `
  @external("evenlane_1", "result") declare function result(at: usize, length: i32): void;
  const text = String.UTF8.encode(${JSON.stringify(text)});
  export function describe(): void { result(changetype<usize>(text), text.byteLength); }
  export function call(name: i32, args: i32): void { ${call} }`;

const assembly: readonly Case[] = [
  ["exports no call", "export function describe(): void {}", "compile", "call"],
  [
    "imports what the ABI does not have",
    `@external("evenlane_1", "launch") declare function launch(): void;
     export function describe(): void { launch(); }
     export function call(name: i32, args: i32): void {}`,
    "compile",
    "launch",
  ],
  [
    "traps in describe",
    "export function describe(): void { unreachable(); } export function call(n: i32, a: i32): void {}",
    "describe",
    "",
  ],
  ["describes itself in no JSON", handingOver("{"), "interface", ""],
  ["has a field too many in its description", handingOver(description({ extra: 1 })), "interface", "extra"],
  ["traps in init", handingOver(description({ hooks: ["init"] }), "unreachable();"), "init", ""],
];

async function compile(source: string): Promise<Uint8Array> {
  const { error, binary, stderr } = await asc.compileString(source, { runtime: "stub", use: ["abort="] });
  if (error !== null || binary === null) throw new Error(`the fixture does not compile: ${stderr.toString()}`);
  return binary;
}

describe.each(columnsOf(readHosts(`${root}/build/hosts.json`)))("$label", ({ host: entry, guest }) => {
  let host: HostProcess;

  beforeAll(async () => {
    if (entry.status === "not-built") throw new Error(`${entry.name} is not built: ${entry.reason}`);
    const clock = { mode: "virtual", now: 0 } as const;
    const options = { seed: "bad", clock, allow: [], patience: 60_000 };
    host = await HostProcess.start({ name: entry.name, command: entry.command }, options);
  });
  afterAll(async () => {
    await host?.stop();
  });

  async function refusalOf(bytes: Uint8Array): Promise<RequestRefused> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = path.join(folder, `${sha256}.module`);
    writeFileSync(file, bytes);
    const error: unknown = await host.request("module/load", { guest, path: file, sha256 }).then(
      () => new Error("the module was loaded"),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RequestRefused)) throw error;
    return error;
  }

  test.each(guest === "ts" ? javascript : assembly)("a module that %s", async (_, source, reason, names) => {
    const refusal = await refusalOf(guest === "ts" ? Buffer.from(source) : await compile(source));
    expect(refusal).toMatchObject({ code: -32000, data: { reason } });
    expect(refusal.message).toContain(names);
  });

  test("bytes that are no module", async () => {
    const refusal = await refusalOf(Buffer.from("\u0000 neither wasm nor JavaScript ("));
    expect(refusal).toMatchObject({ code: -32000, data: { reason: "compile" } });
  });
});
