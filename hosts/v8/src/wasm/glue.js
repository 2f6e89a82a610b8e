// Run once in each isolate for wasm guests; no code of a guest is JavaScript here. `natives` are the host's functions
// for guests, `seat` those for the runner. Gives two makers of instances: of one whose `call` runs to its end, and of
// one whose calls run on a runner's stack, suspended wherever a host function gives a promise.
(natives, seat, runner) => {
  const { Instance, Suspending, promising } = WebAssembly;
  const suspending = {
    ...natives,
    http_fetch: new Suspending(natives.http_fetch),
    sleep_until: new Suspending(natives.sleep_until),
  };
  const host = { ...seat, next: new Suspending(seat.next) };
  const direct = (module) => {
    const { memory, describe, call } = new Instance(module, { evenlane_1: natives }).exports;
    return [memory, call, describe];
  };
  const suspendable = (module) => {
    const { memory, call } = new Instance(module, { evenlane_1: suspending }).exports;
    return [memory, promising(new Instance(runner, { host, guest: { call } }).exports.run)];
  };
  return [direct, suspendable];
};
