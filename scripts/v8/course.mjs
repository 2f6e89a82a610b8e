/** How far V8's build is, over its three parts and over interruptions. */
import { readIfThere, writeIfChanged } from "../lib/files.mjs";
import { describeShare } from "../lib/progress.mjs";

/** The parts, with the share of the processor time that each took on two cores. */
export const parts = {
  generating: { label: "1/3, generating headers", share: 0.5 },
  precompiling: { label: "2/3, precompiling headers", share: 0.03 },
  compiling: { label: "3/3, compiling", share: 0.47 },
};

/** No step takes this long, in seconds: the machine was asleep, or the build was stopped, and the forecast leaves it out. */
const longestStep = 300;

/** Shows the steps of all parts as one share of the whole, with the time that is left. */
export class Course {
  #progress;
  #folder;
  #clock;
  #started;
  #latest;
  /** What this run itself has done of each part, as a share of the whole: only that took its time. */
  #own = new Map();

  /** `folder` keeps, for each part, its whole number of steps; `clock` gives seconds. */
  constructor({ progress, folder, clock = () => Date.now() / 1000 }) {
    this.#progress = progress;
    this.#folder = folder;
    this.#clock = clock;
    this.#started = clock();
    this.#latest = this.#started;
  }

  /** A function for the steps of one part, `{ done, total }`, counted as ninja does: only those that are left to do. */
  follow(name) {
    const file = `${this.#folder}/steps-${name}`;
    let whole = Number(readIfThere(file) ?? 0);
    return ({ done, total }) => {
      if (total > whole) writeIfChanged(file, String(total));
      whole = Math.max(whole, total);
      const { label, share } = parts[name];
      this.#own.set(name, (share * done) / whole);
      const doneInPart = whole - total + done;
      this.#show(shareBefore(name) + (share * doneInPart) / whole, `${label}, step ${doneInPart} of ${whole}`);
    };
  }

  #show(share, where) {
    const now = this.#clock();
    if (now - this.#latest > longestStep) this.#started += now - this.#latest;
    this.#latest = now;
    const own = [...this.#own.values()].reduce((sum, one) => sum + one, 0);
    const told = describeShare(share, 1, now - this.#started, share - own);
    this.#progress.update(`building V8: ${told} (${where})`);
  }
}

/** The share of the parts that come before this one. */
function shareBefore(name) {
  const names = Object.keys(parts);
  return names.slice(0, names.indexOf(name)).reduce((sum, one) => sum + parts[one].share, 0);
}
