/** `npm run schemas`: writes the JSON Schemas of the reports, of histories, of benchmarks and of capsules, and the spec's page of the kill matrix. */
import { writeFileSync } from "node:fs";
import { benchReportJsonSchema } from "../bench/bench-report.ts";
import { capsuleJsonSchema } from "../capsule/capsule.ts";
import { historyJsonSchema } from "../history/event-schema.ts";
import { root } from "../package.ts";
import { readKillMatrix } from "../saboteurs/kill-matrix.ts";
import { loadSpec } from "../spec/load-spec.ts";
import { reportJsonSchema } from "./json-schema.ts";
import { killMatrixPage } from "./kill-matrix-page.ts";
import { parityReportJsonSchema } from "./parity-report.ts";

writeFileSync(`${root}/schemas/report.json`, reportJsonSchema());
writeFileSync(`${root}/schemas/parity.json`, parityReportJsonSchema());
writeFileSync(`${root}/schemas/history.json`, historyJsonSchema());
writeFileSync(`${root}/schemas/capsule.json`, capsuleJsonSchema());
writeFileSync(`${root}/schemas/bench.json`, benchReportJsonSchema());
writeFileSync(`${root}/spec/kill-matrix.md`, killMatrixPage(readKillMatrix(), loadSpec()));
