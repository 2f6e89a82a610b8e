import type { Module } from "../../modules/sdk/ts/abi.ts";
import { run } from "./js-host.ts";
import type { Store } from "./store.ts";
import { CallEnded, WasmGuest } from "./wasm-host.ts";

/** A module's description, as far as tests read it. */
export interface Description {
  readonly tables: readonly string[];
  readonly functions: readonly { readonly name: string; readonly kind: string; readonly mode?: string }[];
}

/** How a call ended, in the same words for both languages: a value, a refusal's code, or what the guest threw. */
export type Outcome = { readonly value: unknown } | { readonly failed: number | string };

/** Runs one function or hook of a JavaScript guest. */
export async function runJs(js: Module, _: Description, store: Store, name: string, args = {}): Promise<Outcome> {
  const ended = await run(js, store, name, args);
  if ("value" in ended) return ended;
  return { failed: ended.failed?.[0] ?? (ended.thrown as Error).message };
}

/** Runs one function or hook of a wasm guest, on an instance of its own; a reducer or hook inside a transaction. */
export async function runWasm(
  wasm: WebAssembly.Module,
  { functions }: Description,
  store: Store,
  name: string,
  args = {},
): Promise<Outcome> {
  const isProcedure = functions.some((each) => each.name === name && each.kind === "procedure");
  if (!isProcedure) store.begin();
  try {
    const value = await new WasmGuest(wasm, store).call(name, JSON.stringify(args));
    if (!isProcedure) store.commit();
    return { value };
  } catch (error) {
    if (store.isOpen) store.abort();
    if (error instanceof CallEnded && error.code !== "abort") return { failed: error.code };
    return { failed: (error as Error).message };
  }
}
