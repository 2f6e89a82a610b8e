/** Splits a stream of bytes into lines. */

/** Longest line that is taken, in bytes: 64 MiB. */
export const longestLine = 64 * 1024 * 1024;

/** Collects chunks and hands over whole lines, without their line feed. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limit = longestLine) {
    this.#limit = limit;
  }

  /**
   * Takes a chunk and gives the lines that it completes.
   * @throws RangeError where a line passes the limit, after the lines before it were given; what was collected of it is dropped.
   */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#collect(chunk.subarray(from, end));
      from = end + 1;
      yield this.rest();
    }
    if (from < chunk.length) this.#collect(chunk.subarray(from));
  }

  /** Takes what came after the last line feed. */
  rest(): Buffer {
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #collect(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#limit) {
      this.rest();
      throw new RangeError(`a line of more than ${this.#limit} bytes`);
    }
    this.#parts.push(part);
  }
}
