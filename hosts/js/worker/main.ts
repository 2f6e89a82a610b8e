/** Entry of a guest Worker: loads the guest, then runs the turns that the supervisor sends, one at a time. */
import process from "node:process";
import { setImmediate } from "node:timers";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { sfc32 } from "../guest/random.ts";
import { loadWasmProgram } from "../wasm/program.ts";
import { messageOf } from "./guest-call.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./messages.ts";
import { type Program, Refused } from "./program.ts";
import { Realm } from "./realm.ts";
import { Runtime } from "./runtime.ts";
import { loadTsProgram } from "./ts-program.ts";
import { Turns } from "./turns.ts";
import { Blocking, promiseWaiter } from "./waiters.ts";

const start = workerData as WorkerStart;
const { port } = start;
const runtime = new Runtime(start, (message: FromWorker) => port.postMessage(message));
let turns: Turns | null = null;
port.on("message", receive);

process.on("unhandledRejection", (reason: unknown) => {
  runtime.log(runtime.current, "warn", `unhandled rejection: ${messageOf(reason)}`);
});

try {
  runtime.post({ t: "evaluating" });
  const program = await load();
  turns = new Turns(runtime, program, setImmediate);
  runtime.post({ t: "described", description: program.describe() });
} catch (error) {
  const reason = error instanceof Refused ? error.reason : "compile";
  runtime.post({ t: "refused", reason, message: messageOf(error) });
}

function receive(message: ToWorker): void {
  switch (message.t) {
    case "open":
      runtime.openStore(message.tables, message.functions);
      runtime.post({ t: "opened" });
      break;
    case "run":
      turns?.run(message.call, message.now);
      break;
    case "resume":
      turns?.resume(message.n, message.op, message.outcome, message.now);
      break;
    case "forget":
      turns?.forget(message.n);
      break;
  }
}

function receiveAll(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    receive((next as { message: ToWorker }).message);
  }
}

async function load(): Promise<Program> {
  // What comes while a turn of the lane waits are calls to forget: their guests must not go on when it does.
  if (start.role === "lane") runtime.afterWait = receiveAll;
  if (typeof start.program !== "string") return loadWasmProgram(start.program);
  const { random } = Math;
  const realm = new Realm({
    now: () => runtime.current?.timestamp ?? runtime.now(),
    random: () => {
      const { current } = runtime;
      if (current === null) return random();
      current.random ??= sfc32(current.spec.seed);
      return current.random();
    },
  });
  if (start.role === "lane") return loadTsProgram(start.program, realm, promiseWaiter(realm.intrinsics.Promise));
  const blocking = new Blocking(runtime, port);
  runtime.park = (n, point) => blocking.park(n, point);
  return loadTsProgram(start.program, realm, blocking);
}
