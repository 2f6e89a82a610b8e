/** The two ways to wait for a host operation. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { OpOutcome, ToWorker } from "./messages.ts";
import type { Runtime } from "./runtime.ts";
import type { Issue, Waiter } from "./ts-host.ts";

/** The lane's: a promise of the guest's realm, fulfilled with a number when the supervisor starts the turn of that completion. */
export function promiseWaiter(GuestPromise: PromiseConstructor): Waiter {
  return {
    wait(issue, finish) {
      let resolve: (number: number) => void = () => {};
      const op = issue((outcome) => resolve(finish(outcome)));
      return new GuestPromise<number>((fulfil) => {
        resolve = fulfil;
        if (op === null) fulfil(0);
      });
    },
  };
}

/** The blocking path: the thread sleeps until the supervisor has sent what it waits for. */
export class Blocking implements Waiter {
  readonly #runtime: Runtime;
  readonly #port: MessagePort;

  constructor(runtime: Runtime, port: MessagePort) {
    this.#runtime = runtime;
    this.#port = port;
  }

  wait(issue: Issue, finish: (outcome: OpOutcome) => number): number {
    let ended: OpOutcome | null = null;
    this.#runtime.tidy();
    this.#runtime.control.arm();
    const op = issue((outcome) => {
      ended = outcome;
    });
    if (op === null) return 0;
    const message = this.#sleep();
    if (message.t !== "resume") throw new Error("the blocking path was woken without an outcome");
    this.#runtime.setNow(message.now);
    this.#runtime.current?.settle(op, message.outcome);
    if (ended === null) throw new Error("the outcome of another operation arrived");
    return finish(ended);
  }

  /** Stops the thread at a point, until its call goes on or is cancelled. */
  park(n: number, point: string): void {
    this.#runtime.control.arm();
    this.#runtime.post({ t: "parked", n, point });
    const message = this.#sleep();
    if (message.t !== "continue") throw new Error("a parked call was woken by something else");
    this.#runtime.setNow(message.now);
  }

  #sleep(): ToWorker {
    this.#runtime.control.sleep();
    const received = receiveMessageOnPort(this.#port) as { message: ToWorker } | undefined;
    if (received === undefined) throw new Error("the blocking path was woken without a message");
    return received.message;
  }
}
