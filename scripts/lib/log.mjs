import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "./paths.mjs";

/** Opens the log of a step, from its beginning: `{ path, write(line), close() }`. */
export function openLog(name) {
  const path = join(buildFolder, "logs", `${name}.log`);
  mkdirSync(join(buildFolder, "logs"), { recursive: true });
  const file = createWriteStream(path);
  return {
    path,
    write: (line) => file.write(`${line}\n`),
    close: () => new Promise((done) => file.end(done)),
  };
}
