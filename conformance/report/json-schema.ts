import { z } from "zod";
import { reportSchema } from "./json-report.ts";

/** The JSON Schema of the report, as `schemas/report.json` holds it. */
export function reportJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(reportSchema, { target: "draft-2020-12" });
  const document = { $schema, title: "Report of a run, version 1", ...body };
  return `${JSON.stringify(document, null, 2)}\n`;
}
