import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Plays with the path of a file for a durable module's tables, which does not exist yet, and removes it at the end. */
export async function withDataFile<T>(play: (data: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "evenlane-data-"));
  try {
    return await play(join(folder, "tables"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
