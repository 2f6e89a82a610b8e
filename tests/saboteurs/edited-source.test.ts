import { expect, test } from "vitest";
import { editedSource } from "../../conformance/saboteurs/edited-source.ts";

const edit = { file: "egress/fetch.ts", find: "if (late) return;", replace: "fired();" };

test("what an edit finds is replaced, as it stands, and the counter is imported", () => {
  const dollars = { ...edit, replace: "if (late) fired('$&');" };
  expect(editedSource("before\nif (late) return;\nafter\n", [dollars])).toBe(
    "import { fired } from \"evenlane:fired\";\nbefore\nif (late) fired('$&');\nafter\n",
  );
});

test.each([
  ["not there", "if (early) return;", 0],
  ["there twice", "if (late) return;\nif (late) return;", 2],
])("an edit of what is %s is an error that names the file and the text", (_, source, times) => {
  expect(() => editedSource(source, [edit])).toThrow(
    `hosts/js/egress/fetch.ts holds ${times} times, not once, what a saboteur replaces:\nif (late) return;`,
  );
});
