// A guest by hand: `functions` maps each name to its kind and mode, its parameters and its body. The files of this folder are parts of one module.
let leaked = null;
let shared = null;
let waiting = null;
let token = 0;

const text = (bytes) => String.fromCharCode(...bytes);
const get = (url) => JSON.stringify({ url });

const put = (host, key) => [host.txBegin(), host.tableInsert("log", key, "1"), host.txCommit(undefined)];
const points = (host, key) => {
  const outside = host.txPoint("outside");
  const begun = host.txBegin();
  host.tableInsert("log", key, "1");
  return [outside, begun, host.txPoint("inside"), host.txCommit(undefined)];
};

/** What the language tells of the call's time and numbers; its context beside them. */
const clock = (host) => ({
  context: JSON.parse(host.context()),
  // biome-ignore lint/complexity/useDateNow: the constructor is what is asked.
  times: [Date.now(), new Date().getTime(), Date.parse(Date())],
  random: [Math.random() * 2 ** 32, Math.random() * 2 ** 32],
});
const clockSeen = [Date.now()];

const thrownBy = (run) => {
  try {
    run();
  } catch (error) {
    return error.name;
  }
};

const functions = {};
