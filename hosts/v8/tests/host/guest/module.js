const types = { bytes: "number", key: "string", url: "string", how: "string", urls: "string[]" };
const plain = (value) => JSON.stringify(value === undefined ? null : value);

export default {
  abi: 1,
  describe: () =>
    JSON.stringify({
      abi: 1,
      name: "byHand",
      tables: ["log"],
      hooks: [],
      functions: Object.entries(functions).map(([name, [kind, params]]) => ({
        name,
        kind: kind === "reducer" ? "reducer" : "procedure",
        ...(kind === "reducer" ? {} : { mode: kind }),
        params: params.map((name) => ({ name, type: types[name] })),
      })),
    }),
  call(host, name, args) {
    const [kind, , body] = functions[name];
    const given = body(host, JSON.parse(args));
    if (name === "noText") return given;
    if (kind === "async") return given.then(plain);
    return typeof given?.then === "function" ? given : plain(given);
  },
};
