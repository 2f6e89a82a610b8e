// Functions that never end, or keep what they are given.

/** Keeps that many bytes of the heap, in pieces of 64 KiB. */
const hoard = (bytes) => {
  const kept = [];
  while (kept.length * 65536 < bytes) kept.push(new Array(8192).fill(kept.length + 0.5));
  return kept.length * 65536;
};

Object.assign(functions, {
  loopingReducer: [
    "reducer",
    [],
    () => {
      for (;;);
    },
  ],
  overflow: [
    "async",
    [],
    async () => {
      const deeper = () => deeper() + 1;
      return deeper();
    },
  ],
  spin: [
    "async",
    [],
    async () => {
      for (;;);
    },
  ],
  loop: [
    "async",
    ["url"],
    async (host, { url }) => {
      await host.fetch(get(url), null);
      for (;;);
    },
  ],
  microtaskLoop: [
    "async",
    ["url"],
    async (host, { url }) => {
      await host.fetch(get(url), null);
      for (;;) await null;
    },
  ],
  loopAfterShared: [
    "async",
    ["url"],
    async (host, { url }) => {
      await Promise.race([shared, host.fetch(get(url), null)]);
      for (;;);
    },
  ],
  hoard: ["async", ["bytes"], async (_, { bytes }) => hoard(bytes)],
  fill: [
    "async",
    [],
    async () => {
      const kept = [];
      for (;;) kept.push({ kept: [kept.length, 1, 2, 3] });
    },
  ],
  fillAtOnce: [
    "async",
    [],
    async () => {
      const kept = [];
      for (;;) kept.push(new Array(3e7).fill(1.5));
    },
  ],
  fillText: [
    "async",
    [],
    async () => {
      const kept = [];
      for (;;) kept.push(JSON.stringify("\u4e2d".repeat(1e8) + kept.length));
    },
  ],
  fillBuffers: [
    "async",
    [],
    async () => {
      const kept = [];
      for (;;) kept.push(new Uint8Array(1e8));
    },
  ],
  syncHoard: ["sync", ["bytes"], (_, { bytes }) => hoard(bytes)],
  syncLoop: [
    "sync",
    [],
    (host) => {
      host.log(1, "about to loop");
      for (;;);
    },
  ],
});
