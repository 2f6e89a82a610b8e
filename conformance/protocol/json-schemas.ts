/** JSON Schema of every message, generated from the zod schemas. */
import { z } from "zod";
import {
  descriptionSchema,
  failureSchema,
  idSchema,
  type Method,
  methods,
  notificationSchema,
  protocolVersion,
  successSchema,
} from "./schemas.ts";

/** The envelope of a request, with the parameters that belong to each method. */
function anyRequest(): z.ZodType {
  const [first, ...rest] = Object.entries(methods).map(([method, { params }]) =>
    z.strictObject({ jsonrpc: z.literal("2.0"), id: idSchema, method: z.literal(method), params }),
  );
  return z.discriminatedUnion("method", [first!, ...rest]);
}

/** Title and schema of each file, by file name without its ending. */
function documents(): Map<string, { title: string; schema: z.ZodType }> {
  const found = new Map<string, { title: string; schema: z.ZodType }>([
    ["to-host", { title: "A line from the kit to a host", schema: anyRequest() }],
    [
      "from-host",
      {
        title: "A line from a host to the kit; a result's own schema is that of the method it answers",
        schema: z.union([successSchema, failureSchema, notificationSchema]),
      },
    ],
    ["interface", { title: "What a module says of itself", schema: descriptionSchema }],
  ]);
  for (const method of Object.keys(methods) as Method[]) {
    const file = method.replace("/", "-");
    found.set(`${file}.params`, { title: `Parameters of ${method}`, schema: methods[method].params });
    found.set(`${file}.result`, { title: `Result of ${method}`, schema: methods[method].result });
  }
  return found;
}

/** Text of each JSON Schema file, by file name, in the order of the names; the same text every time. */
export function jsonSchemas(): Map<string, string> {
  const sorted = [...documents()].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    sorted.map(([file, { title, schema }]) => {
      const { $schema, ...body } = z.toJSONSchema(schema, { target: "draft-2020-12", unrepresentable: "any" });
      const document = { $schema, title: `${title} (host protocol, version ${protocolVersion})`, ...body };
      return [`${file}.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}
