/** `npm run schemas`: writes the JSON Schema files of the host protocol and removes those that are no message's. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonSchemas } from "./json-schemas.ts";

const folder = fileURLToPath(new URL("../../schemas/host-protocol/", import.meta.url));

mkdirSync(folder, { recursive: true });
const files = jsonSchemas();
for (const stale of readdirSync(folder)) if (!files.has(stale)) rmSync(`${folder}${stale}`);
for (const [name, text] of files) writeFileSync(`${folder}${name}`, text);
process.stdout.write(`${files.size} files in schemas/host-protocol\n`);
