import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestRefused } from "../protocol/host-fault.ts";
import type { ModuleDescription } from "../protocol/schemas.ts";
import { expectSame, expectThat } from "./expect.ts";
import type { Stage } from "./stage.ts";
import type { CompiledModule } from "./stage-setting.ts";
import { Violation } from "./violation.ts";

/** A module that a host was asked to load. */
type Attempt =
  | { readonly loaded: true; readonly module: string; readonly interface: ModuleDescription }
  | { readonly loaded: false; readonly refusal: RequestRefused };

/** Asks the host to load a file, without a trace in the history. */
async function attempt(stage: Stage, { path, sha256 }: Pick<CompiledModule, "path" | "sha256">): Promise<Attempt> {
  const params = { guest: stage.js ? "ts" : "as", path, sha256 } as const;
  try {
    const answer = await stage.until(stage.host.request("module/load", params), "a module to be loaded or refused");
    return { loaded: true, module: answer.module, interface: answer.interface };
  } catch (error) {
    if (error instanceof RequestRefused) return { loaded: false, refusal: error };
    throw error;
  }
}

/** Has `bytes` in a file while `use` runs. */
async function withFile<T>(
  bytes: Uint8Array,
  use: (file: Pick<CompiledModule, "path" | "sha256">) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "evenlane-fixture-"));
  try {
    const path = join(folder, "guest");
    await writeFile(path, bytes);
    return await use({ path, sha256: createHash("sha256").update(bytes).digest("hex") });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Demands that the host refuse these bytes for that reason, with a message that holds each of `names`. */
export function expectRefused(
  stage: Stage,
  bytes: Uint8Array,
  reason: string,
  names: readonly string[],
): Promise<void> {
  return withFile(bytes, (file) => expectFileRefused(stage, file, reason, names));
}

/** Demands that the host refuse this file for that reason, with a message that holds each of `names`. */
export async function expectFileRefused(
  stage: Stage,
  file: Pick<CompiledModule, "path" | "sha256">,
  reason: string,
  names: readonly string[],
): Promise<void> {
  const answer = await attempt(stage, file);
  if (answer.loaded) {
    await stage.host.request("module/unload", { module: answer.module });
    const told = names.join(", ");
    throw new Violation("module-loaded", `the host loaded a module that has to be refused as ${reason} (${told})`);
  }
  const { code, data, message } = answer.refusal;
  expectSame({ code, data }, { code: -32000, data: { reason } }, "wrong-category", "why the module was refused");
  for (const name of names) {
    expectThat(message.includes(name), "wrong-message", `the refusal does not name ${name}: ${message}`);
  }
}

/** The interface that the host answers for these bytes, which it must load; `use` is given the module's id while it is there. */
export function interfaceOfBytes(
  stage: Stage,
  bytes: Uint8Array,
  use: (module: string) => Promise<void> = async () => {},
): Promise<ModuleDescription> {
  return withFile(bytes, (file) => interfaceOf(stage, file, use));
}

/** The interface that the host answers for this file, which it must load; `use` is given the module's id while it is there. */
export async function interfaceOf(
  stage: Stage,
  file: Pick<CompiledModule, "path" | "sha256">,
  use: (module: string) => Promise<void> = async () => {},
): Promise<ModuleDescription> {
  const answer = await attempt(stage, file);
  if (!answer.loaded) throw new Violation("module-refused", answer.refusal.message);
  try {
    await use(answer.module);
  } finally {
    await stage.host.request("module/unload", { module: answer.module });
  }
  return answer.interface;
}
