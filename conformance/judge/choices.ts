/** The choices of one attempt, and from them the next attempt's: depth first. */
export class Choices {
  readonly #prefix: readonly number[];
  readonly #taken: { choice: number; options: number }[] = [];

  /** The first choices to take; after them always the first option. */
  constructor(prefix: readonly number[] = []) {
    this.#prefix = prefix;
  }

  /** Which of `options` possibilities to take, from 0. */
  next(options: number): number {
    const choice = Math.min(this.#prefix[this.#taken.length] ?? 0, options - 1);
    this.#taken.push({ choice, options });
    return choice;
  }

  /** The prefix of the next attempt, or undefined where all were made. */
  get following(): number[] | undefined {
    const last = this.#taken.findLastIndex(({ choice, options }) => choice + 1 < options);
    if (last < 0) return undefined;
    return [...this.#taken.slice(0, last).map(({ choice }) => choice), this.#taken[last]!.choice + 1];
  }
}
