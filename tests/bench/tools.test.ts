/** What the limit says of itself is what the module says that it stands for. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../modules/compile/paths.ts";
import { builtJs } from "../sdk/built.ts";

test("the limit has the functions of the module load", async () => {
  const limit = JSON.parse(readFileSync(`${root}/hosts/bench/src/limit/load.json`, "utf8"));
  // The twin in AssemblyScript is compared with this one by the tests of the SDK.
  expect(limit).toEqual(JSON.parse((await builtJs("load")).describe()));
});
