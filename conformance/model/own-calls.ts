import type { ModelCall, NewCall } from "./call.ts";

/** What a call runs. */
interface Called {
  readonly function: string;
  readonly args: NewCall["args"];
}

/** Words the calls that a module or its host makes, which nobody submits from outside, under names that no others have. */
export class OwnCalls {
  #made = 0;

  /** The hook of that name, for a connection; null for `init`, which is for none. */
  hook(name: string, connection: string | null): NewCall {
    return this.#next("hook", `${name} of ${connection}`, connection, { function: `$${name}`, args: {} });
  }

  /** A call that was scheduled. No connection makes it. */
  scheduled(called: Called): NewCall {
    return this.#next("scheduled", `scheduled ${called.function}`, null, called);
  }

  /** A call that another submits, in the name of its own connection. */
  submitted(called: Called, { new: { name, connection } }: ModelCall): NewCall {
    return this.#next("submitted", `${called.function} of ${name}`, connection, called);
  }

  #next(own: NewCall["own"] & string, what: string, connection: string | null, called: Called): NewCall {
    this.#made += 1;
    const { function: name, args } = called;
    return { name: `${what}, own call ${this.#made}`, function: name, args, connection, park: false, own };
  }
}
