/** Standard output, which carries frames and nothing else. */
import { Console } from "node:console";
import process from "node:process";

/** Writes frames, one a line, in the order in which they are given; keeps what the reader has not taken yet. */
export class Output {
  readonly #write: typeof process.stdout.write;

  /** Takes standard output over: whatever else writes to it, `console` included, writes to standard error from now on. */
  constructor(onClosed: () => void) {
    const { stdout, stderr } = process;
    this.#write = stdout.write.bind(stdout);
    stdout.write = stderr.write.bind(stderr);
    globalThis.console = new Console(stderr, stderr);
    stdout.on("error", onClosed);
    stderr.on("error", () => {});
  }

  /** Writes a frame's JSON. */
  frame(json: string): void {
    this.#write(`${json}\n`);
  }

  /** Settles once every frame before has been handed to the system, or never will be. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#write("", () => resolve());
    });
  }
}
