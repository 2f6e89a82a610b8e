// Run once in each isolate for wasm guests; no code of a guest is JavaScript here. `natives` are the host's functions.
// Gives two makers of instances: one whose `call` runs to its end, and one whose `call` is suspended, as a promise,
// wherever a host function gives a promise.
(natives) => {
  const { Instance, Suspending, promising } = WebAssembly;
  const suspending = {
    ...natives,
    http_fetch: new Suspending(natives.http_fetch),
    sleep_until: new Suspending(natives.sleep_until),
  };
  const direct = (module) => {
    const { memory, describe, call } = new Instance(module, { evenlane_1: natives }).exports;
    return [memory, call, describe];
  };
  const suspendable = (module) => {
    const { memory, call } = new Instance(module, { evenlane_1: suspending }).exports;
    return [memory, promising(call)];
  };
  return [direct, suspendable];
};
