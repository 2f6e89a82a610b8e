/** The code of a module that is in force, and how other code comes in its place. */
import type { Description } from "../guest/description.ts";
import { Code } from "./code.ts";
import type { Lane } from "./lane.ts";
import type { Workers } from "./workers.ts";

/** Reads what a program says of itself; throws the refusal of what it may not say. */
export type Accept = (text: string) => Description;

/** One module's. */
export class CurrentCode {
  readonly #lane: Lane;
  readonly #workers: Workers;
  readonly #changed: () => void;
  #code: Code | null = null;
  #name = "";
  /** Settles when the program that was asked for last has been taken or refused. */
  #taken: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** `changed` is told of code that has come in force; the lane has it then. */
  constructor(lane: Lane, workers: Workers, changed: () => void) {
    this.#lane = lane;
    this.#workers = workers;
    this.#changed = changed;
  }

  /** What calls that begin run; only once there is any. */
  get code(): Code {
    if (this.#code === null) throw new Error("the module has no code yet");
    return this.#code;
  }

  /** The name that the module was loaded with: that of its identities, whatever other code says. */
  get name(): string {
    return this.#name;
  }

  /**
   * Reads a program and loads it, one after the other; every call that begins from then on runs it. Where `read` or `accept`
   * throws, or the program cannot be loaded (`LoadFailure`), nothing has changed.
   */
  run(read: () => Promise<Code["program"]>, accept: Accept): Promise<Description> {
    const taken = this.#taken.then(async () => this.#take(await read(), accept));
    this.#taken = taken.catch(() => {});
    return taken;
  }

  /** Takes no code any more. */
  close(): void {
    this.#closed = true;
  }

  async #take(program: Code["program"], accept: Accept): Promise<Description> {
    if (this.#closed) throw new Error("the module is closed");
    const guest = this.#lane.start(program);
    let code: Code;
    try {
      const description = accept(await this.#workers.described(guest.worker));
      code = new Code(program, description, this.#code);
      await this.#workers.open(guest.worker, code);
    } catch (error) {
      this.#workers.dismiss(guest.worker);
      throw error;
    }
    if (this.#code === null) this.#name = code.description.name;
    this.#code = code;
    this.#lane.install(guest, code);
    this.#changed();
    return code.description;
  }
}
