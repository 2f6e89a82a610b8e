/** The JavaScript host: speaks the host protocol on standard input and output until `shutdown` or the end of input. */
import type { Buffer } from "node:buffer";
import process from "node:process";
import { makeLoopsStoppable } from "./engine.ts";
import { Lines } from "./protocol/lines.ts";
import { Output } from "./protocol/output.ts";
import { Session } from "./protocol/session.ts";
import { StoreFolder } from "./store/folder.ts";
import { Host } from "./supervisor/host.ts";

makeLoopsStoppable();

const output = new Output(() => host.close());
const folder = new StoreFolder();
process.on("exit", () => folder.remove());

let exiting = false;
const host: Host = new Host({
  folder,
  log: (module, call, level, message) => session.log(module, call, level, message),
  tableChanged: (subscription, seq, changes) => session.changed(subscription, seq, changes),
  parked: (module, call, point) => session.parked(module, call, point),
  exit: () => {
    if (exiting) return;
    exiting = true;
    session.end();
    // The answers that this turn of the loop has settled are written before: their reactions are queued already.
    setImmediate(() => void output.flushed().then(() => process.exit(0)));
  },
});
const session: Session = new Session(output, host.handlers);
const lines = new Lines((line) => session.line(line));

process.stdin.on("data", (chunk: Buffer) => lines.push(chunk));
process.stdin.on("end", () => {
  lines.flush();
  host.close();
});
process.stdin.on("error", () => host.close());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => host.close());
