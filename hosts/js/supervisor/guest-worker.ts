/** One guest Worker: its thread, its pending operations and the watch over its turns. */

import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Egress } from "../egress/client.ts";
import { workerArguments, workerCpuMillis } from "../engine.ts";
import { defaultLimits, heapOf, type Limits, stopMillis } from "../limits.ts";
import { SupervisorControl } from "../store/control.ts";
import type { FromWorker, OpOutcome, ToWorker, WorkerStart } from "../worker/messages.ts";
import type { Clock } from "./clock.ts";
import { type FetchCounts, Operations } from "./operations.ts";
import { Watchdog } from "./watchdog.ts";

/** Why a Worker is gone: a turn passed its budget or the heap its bound, or the thread failed in another way. */
export type Loss = { readonly category: "budget" | "memory" | "lane-lost"; readonly message: string };

/** What a Worker tells while it lives, and once that it is gone. */
export interface GuestWorkerEvents {
  message(message: FromWorker): void;
  settled(n: number, op: number, outcome: OpOutcome): void;
  gone(loss: Loss): void;
}

/** What all Workers share. */
export interface Surroundings {
  readonly egress: Egress;
  readonly clock: Clock;
}

/** Length from which on a response's body is moved to its Worker, not copied. */
const movedBytes = 1 << 16;

// The published package is compiled, and then the Worker's entry is too.
const entry = new URL(`../worker/main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** A Worker. */
export class GuestWorker {
  readonly owner: number;
  readonly operations: Operations;
  readonly control = new SupervisorControl();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #watchdog: Watchdog;
  readonly #tellGone: (loss: Loss) => void;
  #overdue: NodeJS.Timeout | null = null;
  #isGone = false;
  readonly #turnMs: number;
  #loss: Loss | null = null;
  #dismissed = false;

  constructor(
    start: Omit<WorkerStart, "control" | "port">,
    { egress, clock }: Surroundings,
    limits: Limits,
    counts: FetchCounts,
    events: GuestWorkerEvents,
  ) {
    this.owner = start.owner;
    this.operations = new Operations(egress, clock, limits, counts, (n, op, outcome) => events.settled(n, op, outcome));
    // A Worker's own port is no port in Deno: a thread that is blocked could not read from it.
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(entry, {
      workerData: { ...start, control: this.control.memory, port: port2 } satisfies WorkerStart,
      transferList: [port2],
      stdout: true,
      name: start.role,
      ...workerArguments(),
      // What a wasm guest may use is its linear memory, which the heap's bound does not count.
      resourceLimits: heapOf(typeof start.program === "string" ? limits.memoryBytes : null),
    });
    this.#worker.stdout.pipe(process.stderr, { end: false });
    const used = () => workerCpuMillis(this.#worker, this.control.thread);
    this.#watchdog = new Watchdog(used, (budget) => {
      this.fail({ category: "budget", message: `the turn used up its budget of ${budget} ms` });
    });
    this.#turnMs = limits.turnMs;
    const received = (message: FromWorker) => {
      if (!this.#dismissed && this.#loss === null) events.message(message);
    };
    port1.on("message", received);
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {
        this.#lose({ category: "memory", message: "the turn passed the bound of the guest's heap" });
      } else this.#lose({ category: "lane-lost", message: `the guest's thread failed: ${error.message}` });
    });
    this.#tellGone = (loss) => events.gone(loss);
    this.#worker.on("exit", () => {
      if (this.#isGone) return;
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
        received(last.message);
      }
      this.#gone();
    });
  }

  /** Fails the Worker: what runs in it is stopped. */
  fail(loss: Loss): void {
    this.#lose(loss);
    // Where the runtime cannot stop the thread, its guest commits nothing any more, should it ever come to that.
    this.control.cancel();
    void this.#worker.terminate();
    this.#overdue = setTimeout(() => this.#gone(), stopMillis);
  }

  /** Sends what begins a turn; `turnEnded` has to follow when it is over. */
  turn(message: ToWorker): void {
    this.#watchdog.begin(this.#turnMs);
    const body = message.t === "resume" && message.outcome.kind === "response" ? message.outcome.body : null;
    // Moving a buffer costs more than copying a small one.
    if (body !== null && body.byteLength > movedBytes) this.#port.postMessage(message, [body]);
    else this.#port.postMessage(message);
  }

  /** Sends what belongs to the loading of the guest, which is no turn of it; `turnEnded` has to follow as well. */
  loads(message: ToWorker): void {
    // The operator's bound is the guest's: opening the store is this host's own work.
    this.#watchdog.begin(defaultLimits.turnMs);
    this.#port.postMessage(message);
  }

  /** The Worker has begun to evaluate the guest's module, which has the budget of a turn. */
  evaluates(): void {
    this.#watchdog.begin(this.#turnMs);
  }

  /** The turn that was begun is over, or blocked in a host call. */
  turnEnded(): void {
    this.#watchdog.end();
  }

  /** Wakes a Worker of the blocking path with what it waits for. */
  wake(message: ToWorker): void {
    this.turn(message);
    this.control.wake();
  }

  /** Lets the Worker forget a call of which no turn is running. */
  forget(n: number): void {
    this.operations.drop(n);
    this.#port.postMessage({ t: "forget", n } satisfies ToWorker);
  }

  /** Ends the Worker without a word; settles when its thread is gone. */
  async dismiss(): Promise<void> {
    this.#dismissed = true;
    this.operations.dropAll();
    if (this.#isGone) return;
    const { promise: overdue, resolve } = Promise.withResolvers<void>();
    const limit = setTimeout(resolve, stopMillis);
    await Promise.race([this.#worker.terminate(), overdue]);
    clearTimeout(limit);
    this.#gone();
  }

  /** The thread has ended, or was asked to and is given up. */
  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#overdue !== null) clearTimeout(this.#overdue);
    this.#watchdog.end();
    this.#port.close();
    this.operations.dropAll();
    if (!this.#dismissed) this.#tellGone(this.#loss ?? { category: "lane-lost", message: "the guest's thread ended" });
  }

  #lose(loss: Loss): void {
    this.#loss ??= loss;
    this.#watchdog.end();
  }
}
