import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The package's version. */
export function kitVersion(): string {
  return JSON.parse(readFileSync(`${root}/package.json`, "utf8")).version;
}
