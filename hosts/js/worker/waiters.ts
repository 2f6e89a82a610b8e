/** The two ways to wait for a host operation. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { OpOutcome, ToWorker } from "./messages.ts";
import type { Runtime } from "./runtime.ts";
import type { Waiter } from "./ts-host.ts";

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const NativePromise = Promise;
const { store, wait } = Atomics;

/** The lane's: a promise, fulfilled with a number when the supervisor starts the turn of that completion. */
export const promiseWaiter: Waiter = {
  wait(issue, finish) {
    let resolve: (number: number) => void = () => {};
    const op = issue((outcome) => resolve(finish(outcome)));
    return new NativePromise<number>((fulfil) => {
      resolve = fulfil;
      if (op === null) fulfil(0);
    });
  },
};

/** The blocking path's: the thread sleeps until the supervisor has sent the outcome. */
export function blockingWaiter(runtime: Runtime, port: MessagePort, signal: Int32Array<SharedArrayBuffer>): Waiter {
  return {
    wait(issue, finish) {
      let ended: OpOutcome | null = null;
      store(signal, 0, 0);
      const op = issue((outcome) => {
        ended = outcome;
      });
      if (op === null) return 0;
      wait(signal, 0, 0);
      const received = receiveMessageOnPort(port) as { message: ToWorker } | undefined;
      if (received?.message.t !== "resume") throw new Error("the blocking path was woken without an outcome");
      runtime.setNow(received.message.now);
      runtime.current?.settle(op, received.message.outcome);
      if (ended === null) throw new Error("the outcome of another operation arrived");
      return finish(ended);
    },
  };
}
