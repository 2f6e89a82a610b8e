/**
 * A wasm module whose memories cannot grow beyond a bound: the same binary, with the maxima of its memory section lowered. The
 * engine then refuses `memory.grow` by itself, at exactly that bound and without a word of the host.
 */

/** Bytes of a page of linear memory. */
const pageBytes = 65_536;
/** Length of the magic number and the version. */
const preamble = 8;
const memorySection = 5;
/** Bits of a memory's flags. */
const hasMaximum = 1;
const is64 = 4;

/** The module's binary with that bound, in bytes. Throws an `Error` where a memory begins larger, or where there is no such section. */
export function boundMemory(binary: Uint8Array, bound: number): Uint8Array<ArrayBuffer> {
  const pages = Math.floor(bound / pageBytes);
  const reader = new Reader(binary, preamble);
  while (!reader.atEnd) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const content = reader.at;
    if (id === memorySection) {
      const section = bounded(new Reader(binary.subarray(0, content + size), content), pages, bound);
      return Uint8Array.from([
        ...[binary.subarray(0, start), [memorySection, ...leb(section.length), ...section]].flatMap((part) => [
          ...part,
        ]),
        ...binary.subarray(content + size),
      ]);
    }
    reader.at = content + size;
  }
  throw new Error("the module defines no memory whose size could be bounded");
}

function bounded(reader: Reader, pages: number, bound: number): number[] {
  const count = reader.number();
  const memories: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const flags = reader.byte();
    const least = reader.number();
    const most = (flags & hasMaximum) === 0 ? pages : Math.min(reader.number(), pages);
    if (least > pages) {
      throw new Error(`its memory begins with ${least * pageBytes} bytes, and its operator allows ${bound}`);
    }
    if ((flags & is64) !== 0) throw new Error("a memory with 64-bit addresses cannot be bounded");
    memories.push(flags | hasMaximum, ...leb(least), ...leb(most));
  }
  return [...leb(count), ...memories];
}

/** An unsigned number in LEB128. */
function leb(number: number): number[] {
  const bytes: number[] = [];
  let rest = number;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low + 128);
  } while (rest > 0);
  return bytes;
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Error("the module ends in the middle of a section");
    this.at += 1;
    return byte;
  }

  number(): number {
    let number = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      number += (byte & 0x7f) * factor;
      if (byte < 128) return number;
    }
  }
}
