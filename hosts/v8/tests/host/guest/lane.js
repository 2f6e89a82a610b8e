// Asynchronous procedures, which run on the lane.
Object.assign(functions, {
  fetch: [
    "async",
    ["url"],
    async (host, { url }) => {
      const handle = await host.fetch(get(url), null);
      return [JSON.parse(host.takeHead(handle)).status, text(host.takeBody(handle)), host.takeBody(handle)];
    },
  ],
  clockAcrossFetch: [
    "async",
    ["url"],
    async (host, { url }) => {
      const before = clock(host);
      await host.fetch(get(url), null);
      return [before, clock(host)];
    },
  ],
  dates: [
    "async",
    [],
    async () => {
      class Later extends Date {}
      const later = new Later(7);
      const { toString: textOf } = Date.prototype;
      Date.prototype.toString = () => "replaced";
      const text = Date();
      Date.prototype.toString = textOf;
      return {
        made: [new Date(5).getTime(), Date.UTC(1970, 0, 2), Date.parse("1970-01-01T00:00:01Z"), later.getTime()],
        invalid: Number.isNaN(new Date(undefined).getTime()),
        below: [later instanceof Later, later instanceof Date, new Date().constructor === Date],
        shape: [
          Date.name,
          Date.length,
          Object.getOwnPropertyDescriptor(Date, "prototype").writable,
          Object.hasOwn(Math, "random"),
        ],
        constructors: [thrownBy(() => new Date.now()), thrownBy(() => new Math.random())],
        keys: [...Object.keys(Date), ...Object.keys(Math)],
        replaced: text === new Date().toString(),
      };
    },
  ],
  fetchThenPut: [
    "async",
    ["url", "key"],
    async (host, { url, key }) => {
      const body = text(host.takeBody(await host.fetch(get(url), null)));
      host.txBegin();
      host.tableInsert("log", key, String(++token));
      return [host.txCommit(undefined), body];
    },
  ],
  // Notes in a row how far each of two fetches got: more than one continuation in a turn would show.
  twoSteps: [
    "async",
    ["url", "key"],
    async (host, { url, key }) => {
      await host.fetch(get(url), null);
      host.txBegin();
      host.tableInsert("log", `${key}.1`, String(++token));
      host.txCommit(undefined);
      await null;
      host.txBegin();
      host.tableInsert("log", `${key}.2`, String(++token));
      host.txCommit(undefined);
    },
  ],
  all: [
    "async",
    ["urls"],
    async (host, { urls }) => {
      const handles = await Promise.all(urls.map((url) => host.fetch(get(url), null)));
      return handles.map((handle) => text(host.takeBody(handle)));
    },
  ],
  // Fetches the first two by one signal and the third by another, and aborts those when this one has come.
  aborting: [
    "async",
    ["urls"],
    async (host, { urls }) => {
      const [first, second, third] = urls.map((url, n) => host.fetch(get(url), null, n === 2 ? 2 : 1));
      await third;
      const aborted = host.abortFetch(1);
      const codes = [await first, await second];
      const late = [
        host.fetch(get(urls[0]), null, 1),
        host.abortFetch(1),
        host.abortFetch(0),
        host.fetch("{}", null, 1.5),
      ];
      return [aborted, codes, late];
    },
  ],
  thenableBody: [
    "async",
    [],
    async (host) => {
      host.txBegin();
      host.tableInsert("log", "thenable", "1");
      return [host.txCommit(Promise.resolve()), host.message().includes("thenable"), host.txAbort()];
    },
  ],
  throwingGetter: [
    "async",
    [],
    async (host) => {
      host.txBegin();
      host.tableInsert("log", "getter", "1");
      try {
        host.txCommit({
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what the host must tell apart.
          get then() {
            throw new Error("from the getter");
          },
        });
      } catch (error) {
        return [error.message, host.txAbort()];
      }
    },
  ],
  leak: [
    "async",
    [],
    async (host) => {
      leaked = host;
    },
  ],
  useLeaked: [
    "async",
    [],
    async (host) => {
      const thrown = (f) => {
        try {
          f();
        } catch (error) {
          return error.name;
        }
      };
      return [
        leaked.txBegin(),
        leaked.context(),
        leaked.fetch(get("http://127.0.0.1:1/"), null),
        leaked.log(1, "x"),
        leaked.txPoint("x"),
        leaked.callReducer("tick", "{}"),
        leaked.txTimestamp(),
        leaked.uuid(),
        leaked.abortFetch(1),
        thrown(() => host.txBegin.call({})),
        thrown(() => new host.constructor()),
      ];
    },
  ],
  badValues: [
    "async",
    [],
    async (host) => [
      host.fetch(1, null),
      host.fetch(get("http://127.0.0.1:1/"), "no bytes"),
      host.sleepUntil("soon"),
      host.fetch("\ud800", null),
      host.txPoint("\ud800"),
    ],
  ],
  openAcrossYield: [
    "async",
    ["url"],
    async (host, { url }) => {
      host.txBegin();
      host.tableInsert("log", "open", "1");
      return [host.fetch(get(url), null), host.sleepUntil(1e15), host.txCommit(undefined)];
    },
  ],
  points: ["async", ["key"], async (host, { key }) => points(host, key)],
  commitTwice: ["async", ["key"], async (host, { key }) => [put(host, key), host.message(), put(host, key)]],
  putThenFetch: [
    "async",
    ["url", "key"],
    async (host, { url, key }) => {
      put(host, key);
      leaked = host;
      await host.fetch(get(url), null);
      token = -1;
    },
  ],
  lanePut: ["async", ["key"], async (host, { key }) => put(host, key)],
  spawn: [
    "async",
    [],
    async (host) => {
      const [outside, called, wrong] = [
        host.txTimestamp(),
        host.callReducer("tick", "{}"),
        host.callReducer("spawn", "{}"),
      ];
      host.txBegin();
      const inside = [host.txTimestamp(), host.callReducer("tick", "{}")];
      host.txCommit(undefined);
      return [outside, called, wrong, inside];
    },
  ],
  stall: ["async", [], () => new Promise(() => {})],
  share: [
    "async",
    ["url"],
    async (host, { url }) => {
      shared = host.fetch(get(url), null);
      await shared;
      return "owner";
    },
  ],
  noteClockAfterShared: [
    "async",
    [],
    async () => {
      shared.then(() => clockSeen.push(Date.now()));
    },
  ],
  raceShared: [
    "async",
    ["url"],
    async (host, { url }) => {
      await Promise.race([shared, host.fetch(get(url), null)]);
      return "guest";
    },
  ],
  recorded: [
    "async",
    [],
    async (host) => {
      host.fail(-7, "as recorded");
      throw new Error("not this");
    },
  ],
  throws: [
    "async",
    ["how"],
    async (_, { how }) => {
      throw {
        error: new RangeError("its message"),
        text: "a text",
        getter: {
          get message() {
            return "asked";
          },
        },
      }[how];
    },
  ],
  unhandled: [
    "async",
    ["url"],
    async (host, { url }) => {
      Promise.reject(new Error("nobody caught it"));
      await host.fetch(get(url), null);
    },
  ],
  globals: [
    "async",
    [],
    async () =>
      [
        "fetch",
        "setTimeout",
        "queueMicrotask",
        "process",
        "require",
        "console",
        "WebAssembly",
        "FinalizationRegistry",
        "Intl",
        "Temporal",
      ]
        .filter((name) => name in globalThis)
        .concat("waitAsync" in Atomics ? "waitAsync" : []),
  ],
  wait: [
    "async",
    [],
    async () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  ],
  importing: [
    "async",
    [],
    async () => {
      await import("node:fs");
    },
  ],
  noText: ["async", [], async () => 5n],
});
