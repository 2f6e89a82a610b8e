/** `npm run schemas`: writes the JSON Schemas of the reports, of histories and of capsules. */
import { writeFileSync } from "node:fs";
import { capsuleJsonSchema } from "../capsule/capsule.ts";
import { historyJsonSchema } from "../history/event-schema.ts";
import { root } from "../package.ts";
import { reportJsonSchema } from "./json-schema.ts";
import { parityReportJsonSchema } from "./parity-report.ts";

writeFileSync(`${root}/schemas/report.json`, reportJsonSchema());
writeFileSync(`${root}/schemas/parity.json`, parityReportJsonSchema());
writeFileSync(`${root}/schemas/history.json`, historyJsonSchema());
writeFileSync(`${root}/schemas/capsule.json`, capsuleJsonSchema());
