import { expectSame, expectThat } from "./expect.ts";
import { failures, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

const MiB = 1024 * 1024;
/** The bound of one JSON text, and of a key, in bytes. */
const bound = 16 * MiB;
const threeBytes = "\u20ac";

/** How much arrives whole, and what is refused. */
export const valuesSizes: readonly Scenario[] = [
  scenario({
    requirement: "values/results-are-complete",
    variant: "row-8-mib",
    title: "A row of 8 MiB is stored and read whole",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const bytes = 8 * MiB;
      const call = alice.call("bigRow", { key: "big", bytes, unit: threeBytes });
      expectSame(await stage.returned(call), { whole: true }, "wrong-value", "what the guest read back");
      const rows = await stage.rows<string>("cells");
      expectThat(
        rows[0]?.[1] === filled(bytes - 2, threeBytes),
        "wrong-row",
        "the row read from outside is another text",
      );
    },
  }),
  scenario({
    requirement: "values/results-are-complete",
    variant: "result-8-mib",
    title: "A result of 8 MiB arrives whole",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const bytes = 8 * MiB;
      const result = await stage.returned<string>(alice.call("bigResult", { bytes, unit: threeBytes }));
      expectThat(result === filled(bytes - 2, threeBytes), "wrong-value", "the result is another text");
      expectSame(await stage.rows("cells"), [["kept", 1]], "missing-row", "what was committed");
    },
  }),
  ...[
    { called: "bigRow", unit: threeBytes },
    { called: "bigKey", unit: "a" },
    { called: "bigResult", unit: threeBytes },
  ].map(({ called, unit }) =>
    scenario({
      requirement: "values/results-are-complete",
      variant: `bound-${called.slice(3).toLowerCase()}`,
      title: `A ${called.slice(3).toLowerCase()} of 16 MiB is taken, and one byte more is refused`,
      module: "values",
      probes: [returns(2), failures(1), rowsSeen("cells", 1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const key = called === "bigRow" ? { key: "big" } : {};
        const over = alice.call(called, { ...key, bytes: bound + 1, unit });
        const { category } = await stage.failed(over);
        expectSame(category, "limit", "wrong-category", "how one byte more was refused");
        const before = called === "bigResult" ? [["kept", 1]] : [];
        expectSame(await stage.rows("cells"), before, "unexpected-row", "what was committed");

        const another = await stage.another("values");
        const carol = await another.connect("carol");
        const exact = await another.returned<unknown>(carol.call(called, { ...key, bytes: bound, unit }));
        if (called !== "bigResult") expectSame(exact, { whole: true }, "wrong-value", "what the guest read back");
        else expectThat(exact === filled(bound - 2, unit), "wrong-value", "the result is another text");
        await stage.returned(alice.call("put", { key: "fence", value: 1 }));
        expectSame((await stage.rows("cells")).at(0), ["fence", 1], "missing-row", "the row of the next call");
      },
    }),
  ),
];

/** Text of so many bytes in UTF-8, of one character as far as it goes and of `x` for the rest. */
function filled(bytes: number, unit: string): string {
  const width = Buffer.byteLength(unit);
  return unit.repeat(Math.floor(bytes / width)) + "x".repeat(bytes % width);
}
