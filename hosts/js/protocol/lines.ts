/** Cuts a stream of bytes into lines. */
import { Buffer } from "node:buffer";

const newline = 0x0a;

/** Gathers chunks until a line is whole; a character may be cut by a chunk's end. */
export class Lines {
  readonly #onLine: (line: Uint8Array) => void;
  #parts: Buffer[] = [];

  /** `onLine` gets each line's bytes, without its end. */
  constructor(onLine: (line: Uint8Array) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next chunk. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      this.#parts.push(chunk.subarray(from, end));
      from = end + 1;
      this.flush();
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from));
  }

  /** Takes what has been gathered as a line: at the end of the input, a line may lack its end. */
  flush(): void {
    const line = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = [];
    const text = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (text.length > 0) this.#onLine(text);
  }
}
