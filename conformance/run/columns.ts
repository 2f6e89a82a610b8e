import { readFileSync } from "node:fs";
import { z } from "zod";
import { guestSchema } from "../protocol/schemas.ts";
import { KitError } from "./kit-error.ts";

const hostSchema = z.discriminatedUnion("status", [
  z.strictObject({
    name: z.string().min(1),
    guests: z.array(guestSchema).min(1),
    status: z.literal("built"),
    command: z.array(z.string()).min(1),
  }),
  z.strictObject({
    name: z.string().min(1),
    guests: z.array(guestSchema).min(1),
    status: z.literal("not-built"),
    reason: z.string().min(1),
  }),
]);

const hostsFileSchema = z.strictObject({ version: z.literal(1), hosts: z.array(hostSchema).min(1) });

/** A host that the set-up step built, or says why not. */
export type HostEntry = z.infer<typeof hostSchema>;

/** A host with a guest language: one column of the matrix. */
export interface Column {
  readonly host: HostEntry;
  readonly guest: z.infer<typeof guestSchema>;
  /** `wasmtime×as`. */
  readonly label: string;
}

/** Reads which hosts there are. */
export function readHosts(file: string): HostEntry[] {
  return readJson(file, hostsFileSchema, "run npm run setup, which writes it").hosts;
}

/** The columns of these hosts, in their order. */
export function columnsOf(hosts: readonly HostEntry[]): Column[] {
  return hosts.flatMap((host) => host.guests.map((guest) => ({ host, guest, label: `${host.name}×${guest}` })));
}

/** The columns that a name stands for: a label (`v8×ts`, or `v8:ts`), or a host's, for all its columns. None where there is none. */
export function columnsNamed(all: readonly Column[], name: string): Column[] {
  return all.filter(({ host, label }) => label === name.replace(":", "×") || host.name === name);
}

const modulesFileSchema = z.strictObject({
  version: z.literal(1),
  modules: z.array(
    z.strictObject({
      name: z.string(),
      guest: guestSchema,
      path: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      source: z.string(),
    }),
  ),
});

/** A compiled conformance module. */
export type ModuleEntry = z.infer<typeof modulesFileSchema>["modules"][number];

/** Reads which compiled modules there are. Paths in it are relative to the package's root. */
export function readModules(file: string): ModuleEntry[] {
  return readJson(file, modulesFileSchema, "run npm run setup, which writes it").modules;
}

function readJson<T extends z.ZodType>(file: string, schema: T, remedy: string): z.infer<T> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new KitError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): ${remedy}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new KitError(`${file} is not JSON (${(error as Error).message}): ${remedy}`);
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    throw new KitError(
      `${file} does not fit its schema: ${z.prettifyError(result.error).replaceAll("\n", " ")}; ${remedy}`,
    );
  }
  return result.data;
}
