/** Requests that wait for a state of the host. What may bring the state about calls `check`: no timer does. */

interface Waiter {
  readonly about: object | null;
  readonly reached: () => boolean;
  readonly settle: (reached: boolean) => void;
}

/** Waits for states. */
export class Waiters {
  #waiters: Waiter[] = [];

  /** Settles with true as soon as `reached` says so, and with false where what it is `about` is dropped before. */
  until(about: object | null, reached: () => boolean): Promise<boolean> {
    if (reached()) return Promise.resolve(true);
    return new Promise((settle) => {
      this.#waiters.push({ about, reached, settle });
    });
  }

  /** Something has happened: settles the waits whose state is reached. */
  check(): void {
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter(({ reached, settle }) => {
      if (!reached()) return true;
      settle(true);
      return false;
    });
  }

  /** Nothing will be reached any more by what is gone. */
  drop(about: object): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.about !== about) return true;
      waiter.settle(false);
      return false;
    });
  }
}
