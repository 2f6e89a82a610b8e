/** A guest whose functions cost as little as can be; `cross` makes 1,000 host calls, the cheapest that there is. */
const functions = {
  nothing: () => "null",
  cross(host) {
    for (let left = 1000; left > 0; left--) host.message();
    return "null";
  },
  async hold(host) {
    await host.sleepUntil(1e9);
    return "null";
  },
};

const reducer = (name) => ({ name, kind: "reducer", params: [] });

export default {
  abi: 1,
  describe: () =>
    JSON.stringify({
      abi: 1,
      name: "bench",
      tables: [],
      hooks: [],
      functions: [reducer("nothing"), reducer("cross"), { name: "hold", kind: "procedure", mode: "async", params: [] }],
    }),
  call: (host, name) => functions[name](host),
};
