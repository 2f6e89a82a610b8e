// Reducers.
Object.assign(functions, {
  put: ["reducer", ["key"], (host, { key }) => host.tableInsert("log", key, String(++token))],
  rows: ["reducer", [], (host) => JSON.parse(host.tableScan("log", "", ""))],
  refusedInReducer: [
    "reducer",
    [],
    (host) => [host.txBegin(), host.fetch(get("http://127.0.0.1:1/"), null), host.txCommit(), host.sleepUntil(0)],
  ],
  failing: [
    "reducer",
    ["key"],
    (host, { key }) => {
      host.tableInsert("log", key, "1");
      throw new Error("as asked");
    },
  ],
  asyncReducer: [
    "reducer",
    [],
    (host) => {
      host.tableInsert("log", "early", "1");
      return Promise.resolve().then(() => host.tableInsert("log", "late", "1"));
    },
  ],
  leaveMicrotask: [
    "reducer",
    [],
    (host) => {
      Promise.resolve().then(() => {
        waiting = host.tableInsert("log", "late", "1");
      });
    },
  ],
  reducerPoint: ["reducer", [], (host) => host.txPoint("in a reducer")],
  leftBehind: ["reducer", [], () => waiting],
  tick: ["reducer", [], (host) => host.tableInsert("log", host.uuid(), host.context())],
  plan: [
    "reducer",
    [],
    (host) => [host.scheduleEvery("tick", "{}", 2000, 0), host.scheduleEvery("tick", "{}", 2000, 500)],
  ],
  clockInReducer: ["reducer", [], clock],
  clockLeftBehind: ["reducer", [], () => clockSeen],
});
