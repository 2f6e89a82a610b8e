/**
 * Notices that nobody answers. A request counts as unanswered when it has waited, and the host has answered nothing at
 * all, for the whole patience: as long as answers come, the host is not silent, and a held call may wait.
 */

/** The longest time that a timer of the engine takes, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** Watches the requests of one host. */
export class SilenceWatch {
  readonly #patience: number;
  readonly #silent: (id: number) => void;
  /** When each request was sent; insertion order is sending order. */
  readonly #asked = new Map<number, number>();
  #lastAnswer = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /** @param patience milliseconds; `silent` is told the id of each request that passes it. */
  constructor(patience: number, silent: (id: number) => void) {
    this.#patience = patience;
    this.#silent = silent;
  }

  /** A request was sent. */
  asked(id: number): void {
    this.#asked.set(id, performance.now());
    this.#arm();
  }

  /** An answer came, also a late one. */
  answered(id: number): void {
    this.#asked.delete(id);
    this.#lastAnswer = performance.now();
    if (this.#asked.size === 0) this.stop();
  }

  /** Forgets all requests. */
  stop(): void {
    this.#asked.clear();
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#immediate !== undefined) return;
    const [oldest] = this.#asked.values();
    if (oldest === undefined) return;
    const wait = Math.max(oldest, this.#lastAnswer) + this.#patience - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        // Answers that came while the kit itself was busy still wait in the pipe: they are read before an immediate runs.
        this.#immediate = setImmediate(() => this.#check());
      },
      Math.min(Math.max(wait, 0), longestTimer),
    );
  }

  #check(): void {
    this.#immediate = undefined;
    const now = performance.now();
    for (const [id, sent] of this.#asked) {
      if (now - Math.max(sent, this.#lastAnswer) < this.#patience) break;
      this.#asked.delete(id);
      this.#silent(id);
    }
    this.#arm();
  }
}
