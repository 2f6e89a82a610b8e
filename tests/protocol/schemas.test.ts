import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isJson } from "../../conformance/protocol/json.ts";
import { jsonSchemas } from "../../conformance/protocol/json-schemas.ts";
import {
  categories,
  descriptionSchema,
  errorCodes,
  failureSchema,
  methods,
  requestErrorSchema,
} from "../../conformance/protocol/schemas.ts";
import { sampleMessages, samples } from "./samples.ts";

const committed = new URL("../../schemas/host-protocol/", import.meta.url);
const guestAbi = readFileSync(new URL("../../spec/guest-abi.md", import.meta.url), "utf8");
const hostProtocol = readFileSync(new URL("../../spec/host-protocol.md", import.meta.url), "utf8");

describe.each(sampleMessages)("%s", (_, method, part, sample) => {
  const schema: z.ZodType = methods[method][part];

  test("crosses unchanged", () => {
    expect(schema.parse(JSON.parse(JSON.stringify(sample)))).toEqual(sample);
  });

  test("is refused with a field more", () => {
    expect(schema.safeParse({ ...sample, more: 1 }).success).toBe(false);
  });

  test("is refused with any field less", () => {
    for (const field of Object.keys(sample)) {
      const less: Record<string, unknown> = { ...sample };
      delete less[field];
      expect(schema.safeParse(less).success, field).toBe(false);
    }
  });

  test("means the same in JSON Schema", () => {
    const read = (name: string) => z.fromJSONSchema(JSON.parse(readFileSync(new URL(name, committed), "utf8")));
    const generated = read(`${method.replace("/", "-")}.${part}.json`);
    expect(generated.safeParse(sample).success).toBe(true);
    expect(generated.safeParse({ ...sample, more: 1 }).success).toBe(false);
    const envelope =
      part === "params" ? { jsonrpc: "2.0", id: 1, method, params: sample } : { jsonrpc: "2.0", id: 1, result: sample };
    expect(read(part === "params" ? "to-host.json" : "from-host.json").safeParse(envelope).success).toBe(true);
  });
});

describe("values", () => {
  test("any JSON value may be an argument, a value and a row", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const crossed: unknown = JSON.parse(JSON.stringify(value));
        expect(isJson(crossed)).toBe(true);
        expect(methods.call.result.parse({ outcome: "returned", value: crossed, seqs: [] })).toMatchObject({
          value: crossed,
        });
        expect(methods.call.params.safeParse({ ...samples.call.params, args: { crossed } }).success).toBe(true);
        expect(methods["table/read"].result.safeParse({ rows: [["k", crossed]], seq: 1 }).success).toBe(true);
      }),
    );
  });

  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol("s"), new Date(0), [undefined]])(
    "%s is no JSON",
    (value) => {
      expect(isJson(value)).toBe(false);
      expect(methods.call.params.safeParse({ ...samples.call.params, args: { value } }).success).toBe(false);
    },
  );

  test("arguments are an object", () => {
    for (const args of [null, [], "text", 1]) {
      expect(methods.call.params.safeParse({ ...samples.call.params, args }).success).toBe(false);
    }
  });

  test("nesting deeper than the stack is judged all the same", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 200_000; depth++) value = [value];
    expect(isJson(value)).toBe(true);
  });
});

describe("refusals", () => {
  test.each([
    ["a code outside of the table", { code: -32050, message: "m" }],
    ["an empty message", { code: -32601, message: "" }],
    ["data where the code has none", { code: -32601, message: "m", data: {} }],
    ["a refused module without a reason", { code: -32000, message: "m" }],
    ["a refused module with an unknown reason", { code: -32000, message: "m", data: { reason: "mood" } }],
    ["a refused connection without its error", { code: -32003, message: "m", data: {} }],
  ])("%s is refused", (_, error) => {
    expect(requestErrorSchema.safeParse(error).success).toBe(false);
  });

  test("each code with its data is taken, also with id null", () => {
    const error = { category: "guest-error", message: "", function: "$connected" };
    const data = new Map<number, object>([
      [errorCodes.moduleRefused, { data: { reason: "init" } }],
      [errorCodes.connectionRefused, { data: { error } }],
    ]);
    for (const code of Object.values(errorCodes)) {
      const frame = { jsonrpc: "2.0", id: null, error: { code, message: "m", ...data.get(code) } };
      expect(failureSchema.safeParse(frame).success, `${code}`).toBe(true);
    }
  });

  test.each([
    [
      "a parameter twice",
      { functions: [{ name: "f", kind: "reducer", params: [1, 2].map(() => ({ name: "a", type: "json" })) }] },
    ],
    ["a function twice", { functions: [1, 2].map(() => ({ name: "f", kind: "reducer", params: [] })) }],
    ["a table twice", { tables: ["t", "t"] }],
    ["a name that is none", { tables: ["1t"] }],
    ["a reducer with a mode", { functions: [{ name: "f", kind: "reducer", mode: "async", params: [] }] }],
    ["a procedure without a mode", { functions: [{ name: "f", kind: "procedure", params: [] }] }],
  ])("a description with %s is refused", (_, change) => {
    const { interface: description } = samples["module/load"].result;
    expect(descriptionSchema.safeParse({ ...description, ...change }).success).toBe(false);
  });
});

describe("the text and the schemas", () => {
  test("name the same methods", () => {
    const named = [...hostProtocol.matchAll(/^\| `([a-z/]+)` \|/gm)].map(([, method]) => method);
    expect(named).toEqual(Object.keys(methods));
  });

  test("name the same error codes", () => {
    const section = hostProtocol.slice(hostProtocol.indexOf("## Errors of a request"));
    const named = [...section.matchAll(/^\| (-32\d{3}[^|]*)\|/gm)].flatMap(([, codes]) =>
      codes!.split(",").map(Number),
    );
    expect(named).toEqual(Object.values(errorCodes));
  });

  test("name the same categories", () => {
    const section = guestAbi.slice(guestAbi.indexOf("## Refusals"), guestAbi.indexOf("## Transactions"));
    const [table, others] = section.split("Other categories arise");
    const ofTable = [...table!.matchAll(/^\| -\d+ \| `([a-z-]+)`/gm)].map(([, category]) => category);
    // Beside the categories, the paragraph names only the mode `sync`.
    const ofText = [...others!.matchAll(/`([a-z-]+)`/g)].map(([, word]) => word).filter((word) => word !== "sync");
    expect([...ofTable, ...ofText]).toEqual(categories);
  });
});

test("the committed JSON Schema files are those of the zod schemas (npm run schemas)", () => {
  const files = jsonSchemas();
  expect(readdirSync(committed).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(new URL(name, committed), "utf8"), name).toBe(text);
});
