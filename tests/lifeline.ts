/** Tells of the end of processes that are not our children, by an event: a pipe ends when the last one that could write to it has ended. */
import { spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import path from "node:path";

/** A named pipe that processes hold open for as long as they live. */
export interface Lifeline {
  /** The pipe's path: what is to be watched opens it for writing and leaves it open to what it starts. */
  readonly pipe: string;
  /** Resolves with the first line that is written to it. */
  readonly line: Promise<string>;
  /** Resolves when nothing that held it runs any more. */
  readonly over: Promise<void>;
}

/** Makes a lifeline in a folder. */
export function lifeline(folder: string): Lifeline {
  const pipe = path.join(folder, "lifeline");
  const { status, stderr, error } = spawnSync("mkfifo", [pipe], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mkfifo ${pipe} failed: ${error?.message ?? stderr}`);
  const [line, over] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
  let text = "";
  createReadStream(pipe, "utf8")
    .on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) line.resolve(text.slice(0, text.indexOf("\n")));
    })
    .on("end", () => over.resolve())
    .on("error", (problem) => {
      line.reject(problem);
      over.reject(problem);
    });
  return { pipe, line: line.promise, over: over.promise };
}
