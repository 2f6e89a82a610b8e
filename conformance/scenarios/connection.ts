import type { CallResult } from "../protocol/schemas.ts";

/** Arguments of a call, by parameter. */
export type Args = Readonly<Record<string, unknown>>;

/** A call that was submitted. */
export interface Submitted {
  readonly call: string;
  readonly function: string;
  readonly result: Promise<CallResult>;
  /** How it ended, once the kit has its result. */
  readonly ended: CallResult | undefined;
}

/** How a call is submitted. */
export interface SubmitOptions {
  /** Whether it stops at the points of its transactions. */
  readonly park?: boolean;
  /** Its name; a fresh one unless told. */
  readonly name?: string;
}

/** A client's connection to the module. */
export class Connection {
  /** Its name in the host. */
  readonly name: string;
  readonly #submit: (name: string, args: Args, options: SubmitOptions) => Submitted;

  constructor(name: string, submit: (name: string, args: Args, options: SubmitOptions) => Submitted) {
    this.name = name;
    this.#submit = submit;
  }

  /** Submits a call and does not wait for it. */
  call(name: string, args: Args = {}, options: SubmitOptions = {}): Submitted {
    return this.#submit(name, args, options);
  }
}
