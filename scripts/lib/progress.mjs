/**
 * Progress for people and for logs: on a terminal one line that is rewritten; elsewhere a plain line every so often,
 * so that a log stays short and a CI server sees that something happens.
 */

/** Seconds between two plain lines. */
const plainSeconds = 30;

/** `75` is `1 min`, `30` is `30 s`: as exact as a forecast can be. */
export function roughly(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** `43 %, about 12 min left`; without a forecast until there is something to base it on. */
export function describeShare(done, total, secondsSoFar, doneBefore = 0) {
  const share = total > 0 ? done / total : 1;
  const percent = `${Math.floor(share * 100)} %`;
  const doneNow = done - doneBefore;
  if (doneNow <= 0 || secondsSoFar < 10 || doneNow / total < 0.01) return percent;
  return `${percent}, about ${roughly((secondsSoFar / doneNow) * (total - done))} left`;
}

/** Prints what the set-up does. All of it goes to stderr: stdout belongs to the command that follows. */
export class Progress {
  #out;
  #live;
  #lastPlain = 0;
  #drawn = false;

  constructor(out = process.stderr) {
    this.#out = out;
    this.#live = Boolean(out.isTTY) && process.env.TERM !== "dumb" && !process.env.CI;
  }

  /** A line that stays. */
  say(text) {
    this.#clear();
    this.#out.write(`evenlane: ${text}\n`);
    this.#lastPlain = Date.now();
  }

  /** A line that the next one replaces. */
  update(text) {
    if (this.#live) {
      const width = Math.max(20, (this.#out.columns ?? 80) - 1);
      this.#out.write(`\r\x1b[2K${`evenlane: ${text}`.slice(0, width)}`);
      this.#drawn = true;
    } else if (Date.now() - this.#lastPlain >= plainSeconds * 1000) {
      this.say(text);
    }
  }

  #clear() {
    if (this.#drawn) this.#out.write("\r\x1b[2K");
    this.#drawn = false;
  }

  /** Ends a line that was being rewritten. */
  done() {
    this.#clear();
  }
}
