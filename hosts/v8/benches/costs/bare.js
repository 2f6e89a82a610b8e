/** The same as the guest's functions, on functions of the bench's own: `suspend` gives a promise, `cross` an empty string. */
(suspend, cross) => [
  () => "null",
  () => {
    for (let left = 1000; left > 0; left--) cross();
    return "null";
  },
  async () => {
    await suspend();
    return "null";
  },
  (module) => {
    const none = () => 0;
    const imports = { result: none, payload_len: none, sleep_until: new WebAssembly.Suspending(none) };
    const { exports } = new WebAssembly.Instance(module, { evenlane_1: imports });
    return WebAssembly.promising(exports.call);
  },
];
