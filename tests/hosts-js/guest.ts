/** Small JavaScript guests, written against the ABI itself. */

/** One function of a guest. */
export interface GuestFunction {
  readonly name: string;
  readonly kind: "reducer" | "procedure";
  readonly mode?: "async" | "sync" | "suspended";
  readonly params?: readonly { name: string; type: string }[];
  /** The expression of a function `(host, args) => result`; the result is any JSON value or a promise of one. */
  readonly body: string;
}

/** What a guest has. */
export interface GuestParts {
  readonly tables?: readonly string[];
  readonly hooks?: Readonly<Record<string, string>>;
  readonly functions: readonly GuestFunction[];
  /** Statements at the top of the module. */
  readonly top?: string;
}

const helpers = `
const must = (host, code) => {
  if (typeof code === "number" && code < 0) { host.fail(code, host.message()); throw new Error(host.message()); }
  return code;
};
const tx = (host, body) => {
  must(host, host.txBegin());
  let value;
  try { value = body(); } catch (error) { host.txAbort(); throw error; }
  must(host, host.txCommit(value));
  return value;
};
const get = async (host, url, more = {}) => {
  const handle = must(host, await host.fetch(JSON.stringify({ url, ...more }), null));
  const body = String.fromCharCode(...must(host, host.takeBody(handle)));
  return { body, head: JSON.parse(host.takeHead(handle)) };
};
const getSync = (host, url) => {
  const handle = must(host, host.fetch(JSON.stringify({ url }), null));
  return String.fromCharCode(...must(host, host.takeBody(handle)));
};
const append = (host, text) => {
  const rows = JSON.parse(must(host, host.tableScan("log", "", "")));
  must(host, host.tableInsert("log", String(rows.length).padStart(6, "0"), JSON.stringify(text)));
};
`;

/** Source of a guest. Every guest has the table \`log\` unless it names others. */
export function guestSource({ tables = ["log"], hooks = {}, functions, top = "" }: GuestParts): string {
  const description = {
    abi: 1,
    name: "guest",
    tables,
    hooks: Object.keys(hooks),
    functions: functions.map(({ name, kind, mode, params = [] }) => ({ name, kind, ...(mode && { mode }), params })),
  };
  const bodies = [
    ...functions.map(({ name, body }) => `${JSON.stringify(name)}: ${body}`),
    ...Object.entries(hooks).map(([name, body]) => `"$${name}": ${body}`),
  ];
  return `${helpers}
${top}
const functions = { ${bodies.join(",\n")} };
const print = (value) => value === undefined ? "null" : JSON.stringify(value);
export default {
  abi: 1,
  describe: () => ${JSON.stringify(JSON.stringify(description))},
  call(host, name, args) {
    const result = functions[name](host, JSON.parse(args));
    if (result instanceof Promise) return result.then(print);
    return result !== null && typeof result === "object" && "then" in result ? result : print(result);
  },
};
`;
}

/** A parameter of the type string. */
export const text = (name: string) => ({ name, type: "string" });

/** Appends its argument to the log. */
export const record: GuestFunction = {
  name: "record",
  kind: "reducer",
  params: [text("text")],
  body: "(host, { text }) => append(host, text)",
};

/** Fetches, then appends the response to the log and returns it. */
export const fetchThenRecord: GuestFunction = {
  name: "fetchThenRecord",
  kind: "procedure",
  mode: "async",
  params: [text("url")],
  body: `async (host, { url }) => {
    const { body } = await get(host, url);
    tx(host, () => append(host, body));
    return body;
  }`,
};
