import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Column, ModuleEntry } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import { Driver } from "./driver.ts";
import type { BenchOrigin } from "./origin.ts";

/** What is measured: a column of the matrix, or the limit. */
export interface Subject {
  /** `v8×ts`, or `limit`. */
  readonly label: string;
  readonly host: string;
  /** Absent for the limit. */
  readonly guest?: GuestLanguage;
  readonly command: readonly string[];
}

/** What all parts share. */
export interface BenchSetting {
  readonly subjects: readonly Subject[];
  readonly limit: Subject;
  readonly origin: BenchOrigin;
  readonly modules: readonly ModuleEntry[];
  /** The package's root: modules' paths are relative to it. */
  readonly root: string;
  readonly rounds: number;
  /** Told what is being measured, one line each. */
  readonly say: (line: string) => void;
}

/** The subjects of these columns; a column whose host is not built is none. */
export function subjectsOf(columns: readonly Column[]): Subject[] {
  return columns.flatMap(({ host, guest, label }) =>
    host.status === "built" ? [{ label, host: host.name, guest, command: host.command }] : [],
  );
}

/** A subject's host and guest, as reports name them. */
export function whereOf({ host, guest }: Subject): { host: string; guest?: GuestLanguage } {
  return { host, ...(guest !== undefined && { guest }) };
}

/** Starts a subject with the module that benches call; `more` are further arguments of its command. */
export async function startSubject(
  { label, guest = "ts", command }: Subject,
  { origin, modules, root }: Pick<BenchSetting, "origin" | "modules" | "root">,
  clock: "real" | "virtual",
  more: readonly string[] = [],
): Promise<Driver> {
  const entry = modules.find((module) => module.name === "load" && module.guest === guest);
  if (entry === undefined) throw new KitError(`there is no module load for the guest ${guest}: run npm run setup`);
  const driver = await Driver.start({ name: label, command: [...command, ...more] }, origin.authority, clock);
  try {
    await driver.load(entry, guest, root);
    return driver;
  } catch (error) {
    await driver.stop();
    throw error;
  }
}
