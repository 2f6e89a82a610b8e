/** What is kept of the talk with a host, for people to read after a failure: bounded, and safe to print. */

/** One line that crossed, as text; long ones are cut. */
export interface Frame {
  readonly direction: "sent" | "received";
  readonly text: string;
}

/** Frames that are kept of each host. */
const keptFrames = 64;
/** Characters that are kept of each frame. */
const keptCharacters = 16_384;
/** Bytes that are kept of a host's standard error. */
const keptErrorBytes = 65_536;

/** The last frames in both directions, oldest first. */
export class FrameLog {
  readonly #frames: Frame[] = [];

  /** Adds a line; the oldest goes where too many are kept. */
  add(direction: Frame["direction"], text: string): void {
    const cut = text.length > keptCharacters;
    const kept = cut ? `${text.slice(0, keptCharacters)}… (${text.length} characters)` : text;
    this.#frames.push({ direction, text: kept });
    if (this.#frames.length > keptFrames) this.#frames.shift();
  }

  /** A copy of what is kept. */
  list(): readonly Frame[] {
    return [...this.#frames];
  }
}

/** The end of a stream of bytes, as text. */
export class Tail {
  #bytes: Buffer = Buffer.alloc(0);

  /** Adds bytes; the oldest go where too many are kept. */
  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = all.subarray(Math.max(0, all.length - keptErrorBytes));
  }

  /** The last bytes as text; what is not UTF-8 becomes the replacement character. */
  text(): string {
    return this.#bytes.toString("utf8");
  }
}

/** A text on one line, in quotation marks, with control characters escaped, cut to `limit` characters. */
export function quoted(text: string, limit = 200): string {
  const shown = JSON.stringify(text.slice(0, limit)).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > limit ? `${shown}… (${text.length} characters)` : shown;
}
