/** `node adapter.ts LIAR COUNTER COMMAND…`: runs a host, and lies in both directions as that liar does. */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { liars, type Message, type Wires } from "./liars.ts";

const [name = "", counter = "", command = "", ...args] = process.argv.slice(2);
const liar = liars[name]?.();
if (liar === undefined) throw new Error(`there is no liar "${name}"`);

const host = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
const requests = new Map<number, Message>();
const wires: Wires = {
  toHost: (message) => host.stdin.write(`${JSON.stringify(message)}\n`),
  toKit: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
  lied: () => appendFileSync(counter, "."),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  requests.set(request.id, request);
  if (liar.onRequest === undefined) wires.toHost(request);
  else liar.onRequest(request, wires);
});
process.stdin.on("end", () => host.stdin.end());
createInterface({ input: host.stdout }).on("line", (line) => {
  const message = JSON.parse(line);
  const request = requests.get(message.id);
  requests.delete(message.id);
  if (liar.onMessage === undefined) wires.toKit(message);
  else liar.onMessage(message, wires, request);
});
host.on("exit", (code) => {
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});
