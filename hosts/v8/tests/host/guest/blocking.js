// Synchronous procedures, which run on the blocking path.
Object.assign(functions, {
  syncFetch: [
    "sync",
    ["url"],
    (host, { url }) => {
      const handle = host.fetch(get(url), null);
      host.txBegin();
      host.tableInsert("log", "sync", "1");
      return [host.txCommit(undefined), text(host.takeBody(handle))];
    },
  ],
  clockBlocking: ["sync", [], clock],
  syncAbort: ["sync", ["url"], (host, { url }) => [host.abortFetch(7), host.fetch(get(url), null, 7), host.message()]],
  syncPromise: [
    "sync",
    [],
    (host) => {
      host.txBegin();
      host.tableInsert("log", "kept", "1");
      host.txCommit(undefined);
      host.txBegin();
      host.tableInsert("log", "undone", "1");
      return Promise.resolve().then(() => {
        host.tableInsert("log", "late", "1");
        host.txCommit(undefined);
      });
    },
  ],
  syncPoints: ["sync", ["key"], (host, { key }) => points(host, key)],
  syncPut: ["sync", ["key"], (host, { key }) => put(host, key)],
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what the host must tell apart.
  syncThenable: ["sync", [], () => ({ then() {} })],
});
