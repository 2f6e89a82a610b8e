/** `npm run schemas`: writes the JSON Schema of the report. */
import { writeFileSync } from "node:fs";
import { root } from "../package.ts";
import { reportJsonSchema } from "./json-schema.ts";

writeFileSync(`${root}/schemas/report.json`, reportJsonSchema());
