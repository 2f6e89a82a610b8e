import type { Host, Module } from "evenlane/module";

/** The host itself, for functions that try what the SDK would keep from it. */
export class ExposedHost {
  #last: Host | undefined;

  /** The host object of the call that began last: a function takes its own before it awaits anything. */
  get current(): Host {
    if (this.#last === undefined) throw new Error("no function of the module has been called");
    return this.#last;
  }

  /** The module, with the host of each of its calls shown here. */
  in(module: Module): Module {
    return {
      ...module,
      call: (host, name, args) => {
        this.#last = host;
        return module.call(host, name, args);
      },
    };
  }
}
