import { type Described, described, guestDescribing } from "../fixtures/describing.ts";
import { readDescription } from "../fixtures/own-reading.ts";
import type { ModuleDescription } from "../protocol/schemas.ts";
import { expectSame, expectThat } from "./expect.ts";
import { expectFileRefused, expectRefused, interfaceOf, interfaceOfBytes } from "./loading.ts";
import { returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** A module that no host may load, so that nobody can ask a host for its interface. */
const refusedModule = "unregistrable";

const reducer = (name: string, params: readonly object[] = []): Described => ({ name, kind: "reducer", params });
const param = (name: string, type = "string"): Described => ({ name, type });

/** How a procedure runs that is a plain function in its guest language. */
const plainMode = (js: boolean): string => (js ? "sync" : "suspended");

/** Descriptions in which a name stands twice, with that name. */
const doubled = (
  js: boolean,
): readonly { readonly what: string; readonly name: string; readonly fields: Described }[] => {
  const procedure = (name: string): Described => ({ name, kind: "procedure", mode: plainMode(js), params: [] });
  return [
    { what: "two reducers", name: "doubled", fields: { functions: [reducer("doubled"), reducer("doubled")] } },
    { what: "two procedures", name: "doubled", fields: { functions: [procedure("doubled"), procedure("doubled")] } },
    {
      what: "a reducer and a procedure",
      name: "doubled",
      fields: { functions: [reducer("doubled"), procedure("doubled")] },
    },
    { what: "two tables", name: "doubled", fields: { tables: ["doubled", "other", "doubled"] } },
    { what: "two hooks", name: "connected", fields: { hooks: ["connected", "init", "connected"] } },
    {
      what: "two parameters",
      name: "doubled",
      fields: { functions: [reducer("f", [param("doubled"), param("doubled", "number")])] },
    },
  ];
};

const longest = `_${"a1".repeat(31)}B`;

/** Descriptions that break a rule besides, with what the refusal has to name. */
const unfit = (js: boolean): readonly { readonly names: string; readonly fields: Described }[] => [
  { names: "abi", fields: { abi: 2 } },
  { names: "extra", fields: { extra: true } },
  ...[`${longest}x`, "1st", "with-hyphen", "with space", "umläut"].flatMap((name) => [
    { names: name, fields: { tables: [name] } },
    { names: name, fields: { functions: [reducer(name)] } },
    { names: name, fields: { functions: [reducer("f", [param(name)])] } },
  ]),
  { names: "started", fields: { hooks: ["started"] } },
  { names: "bigint", fields: { functions: [reducer("f", [param("p", "bigint")])] } },
  { names: "mode", fields: { functions: [{ name: "f", kind: "procedure", params: [] }] } },
  { names: "suspended", fields: { functions: [{ name: "f", kind: "procedure", mode: plainMode(!js), params: [] }] } },
];

/** The scenarios on what a module declares. */
export const declarations: readonly Scenario[] = [
  scenario({
    requirement: "registration/async-reducer-is-refused",
    variant: "declared",
    title: "A module that declares an async reducer is not loaded, and one that declares a plain reducer is",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      const declaring = (fields: Described): Promise<Uint8Array> =>
        guestDescribing(described({ functions: [{ ...reducer("late"), ...fields }] }), stage.js);
      await expectRefused(stage, await declaring({ mode: "async" }), "interface", ["mode"]);
      await interfaceOfBytes(stage, await declaring({}));
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/duplicate-names-are-refused",
    variant: "doubled",
    title: "A module in whose description a name stands twice is not loaded, and the refusal tells the name",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      for (const { name, fields } of doubled(stage.js)) {
        await expectRefused(stage, await guestDescribing(described(fields), stage.js), "interface", [name]);
      }
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/duplicate-names-are-refused",
    variant: "near-miss",
    title: "Names that differ by case, and one name for a table, a function and a parameter, are no duplicates",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      const fields = {
        tables: ["twin", "Twin"],
        functions: [reducer("twin", [param("twin"), param("Twin")]), reducer("Twin", [param("twin")])],
      };
      const bytes = await guestDescribing(described(fields), stage.js);
      const answered = await interfaceOfBytes(stage, bytes, async (module) => {
        const connection = stage.freshName("k");
        await stage.host.request("connection/open", { module, connection });
        const args = { twin: "a", Twin: "b" };
        const result = await stage.host.call({ call: stage.freshName("c"), connection, function: "twin", args });
        expectSame(result.outcome, "returned", "call-failed", "how a call of the function twin ended");
      });
      expectSame(answered, described(fields), "wrong-interface", "the interface that the host answers");
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/module-describes-itself",
    variant: "conformance-modules",
    title: "For every conformance module the host answers what the module says of itself",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      const guest = stage.js ? "ts" : "as";
      const own = stage.compiled.filter((one) => one.guest === guest && one.name !== refusedModule);
      expectThat(own.length >= 5, "wrong-interface", `there are only ${own.length} modules to ask for`);
      for (const module of own) {
        const answered = await interfaceOf(stage, module);
        const said = await readDescription(module.path, guest);
        expectSame(answered, said, "wrong-interface", `the interface that the host answers for ${module.name}`);
      }
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/module-describes-itself",
    variant: "every-construct",
    title: "A description with every construct, and one with none, are answered as they are",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      const types = ["string", "number", "boolean", "string[]", "json"];
      const modes = stage.js ? ["async", "sync"] : ["suspended"];
      const full = described({
        name: longest,
        tables: ["log", "_", longest],
        hooks: ["disconnected", "init", "connected"],
        functions: [
          reducer(
            "all",
            types.map((type, index) => param(`p${index}`, type)),
          ),
          reducer(longest),
          ...modes.map((mode) => ({ name: `is_${mode}`, kind: "procedure", mode, params: [param("p")] })),
        ],
      });
      for (const description of [full, described({ tables: [] })]) {
        const answered = await interfaceOfBytes(stage, await guestDescribing(description, stage.js));
        expectSame(answered, description, "wrong-interface", "the interface that the host answers");
      }
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/module-describes-itself",
    variant: "unfit",
    title: "Descriptions that break a rule are refused, and the refusal tells what is at fault",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      for (const { names, fields } of unfit(stage.js)) {
        await expectRefused(stage, await guestDescribing(described(fields), stage.js), "interface", [names]);
      }
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/twins-declare-the-same-interface",
    title:
      "For every module that exists in both languages the host answers what its twin says of itself, but for the modes",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      const guest = stage.js ? "ts" : "as";
      const twins = stage.compiled.flatMap((one) => {
        const other = stage.compiled.find((entry) => entry.name === one.name && entry.guest !== one.guest);
        return one.guest === guest && other !== undefined ? [{ one, other }] : [];
      });
      expectThat(twins.length >= 5, "wrong-interface", `only ${twins.length} modules exist in both languages`);
      for (const { one, other } of twins) {
        const answered = withoutModes(await interfaceOf(stage, one));
        const said = withoutModes(await readDescription(other.path, other.guest));
        expectSame(answered, said, "wrong-interface", `the interface of ${one.name} beside its twin's`);
      }
      await livesOn(stage);
    },
  }),
  scenario({
    requirement: "registration/generator-procedures-are-refused",
    variant: "at-load",
    title: "A module that registers a generator function is not loaded, and the refusal tells its name",
    module: "relay",
    guests: "js",
    probes: [returns(1)],
    async play(stage) {
      const module = stage.compiled.find(({ name }) => name === refusedModule);
      expectThat(module !== undefined, "wrong-interface", `there is no compiled module ${refusedModule}`);
      await expectFileRefused(stage, module, "compile", ["counting", "generator"]);
      await livesOn(stage);
    },
  }),
];

/** Shows that the host takes calls still. */
async function livesOn(stage: Stage): Promise<void> {
  const alice = await stage.connect("alice");
  await stage.returned(alice.call("record", { token: "after" }));
  expectSame(await stage.tokens(), ["after"], "wrong-row", "what was committed");
}

/** A description without how each procedure runs, which is the guest language's matter. */
function withoutModes({ functions, ...rest }: ModuleDescription): object {
  const named = functions.map((entry) => ({ name: entry.name, kind: entry.kind, params: entry.params }));
  return { ...rest, functions: named };
}
