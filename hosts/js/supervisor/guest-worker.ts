/** One guest Worker: its thread, its pending operations and the watch over its turns. */

import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Egress } from "../egress/client.ts";
import { workerArguments } from "../engine.ts";
import { heapMegabytes } from "../limits.ts";
import { SupervisorControl } from "../store/control.ts";
import type { FromWorker, OpOutcome, ToWorker, WorkerStart } from "../worker/messages.ts";
import type { Clock } from "./clock.ts";
import { type FetchCounts, Operations } from "./operations.ts";
import { Watchdog } from "./watchdog.ts";

/** Why a Worker is gone: a turn passed its budget or the heap its limit, or the thread failed in another way. */
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
  /** Milliseconds of CPU time that one turn may take. */
  readonly budget: number;
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
  #loss: Loss | null = null;
  #dismissed = false;

  constructor(
    start: Omit<WorkerStart, "control" | "port">,
    surroundings: Surroundings,
    counts: FetchCounts,
    events: GuestWorkerEvents,
  ) {
    this.owner = start.owner;
    this.operations = new Operations(surroundings.egress, surroundings.clock, counts, (n, op, outcome) =>
      events.settled(n, op, outcome),
    );
    // A Worker's own port is no port in Deno: a thread that is blocked could not read from it.
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(entry, {
      workerData: { ...start, control: this.control.memory, port: port2 } satisfies WorkerStart,
      transferList: [port2],
      stdout: true,
      name: start.role,
      ...workerArguments(),
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    this.#worker.stdout.pipe(process.stderr, { end: false });
    this.#watchdog = new Watchdog(this.#worker, surroundings.budget, () => {
      this.fail({ category: "budget", message: `the turn used up its budget of ${surroundings.budget} ms` });
    });
    const received = (message: FromWorker) => {
      if (!this.#dismissed && this.#loss === null) events.message(message);
    };
    port1.on("message", received);
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {
        this.#lose({ category: "memory", message: "the turn passed the limit of the guest's heap" });
      } else this.#lose({ category: "lane-lost", message: `the guest's thread failed: ${error.message}` });
    });
    this.#worker.on("exit", () => {
      this.#watchdog.end();
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
        received(last.message);
      }
      port1.close();
      this.operations.dropAll();
      if (!this.#dismissed) events.gone(this.#loss ?? { category: "lane-lost", message: "the guest's thread ended" });
    });
  }

  /** Fails the Worker: what runs in it is stopped. */
  fail(loss: Loss): void {
    this.#lose(loss);
    void this.#worker.terminate();
  }

  /** Sends what begins a turn; `turnEnded` has to follow when it is over. */
  turn(message: ToWorker): void {
    this.#watchdog.begin();
    const body = message.t === "resume" && message.outcome.kind === "response" ? message.outcome.body : null;
    // Moving a buffer costs more than copying a small one.
    if (body !== null && body.byteLength > movedBytes) this.#port.postMessage(message, [body.buffer]);
    else this.#port.postMessage(message);
  }

  /** The Worker has begun to evaluate the guest's module. */
  evaluates(): void {
    this.#watchdog.begin();
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
    await this.#worker.terminate();
  }

  #lose(loss: Loss): void {
    this.#loss ??= loss;
    this.#watchdog.end();
  }
}
