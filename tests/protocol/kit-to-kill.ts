/**
 * A kit with two hosts, for the test that ends it: tells the ids of its hosts' processes, then waits for the end. With
 * the argument `throw` it ends itself by an error that nobody catches.
 */
import { HostProcess, installSignalHandlers } from "../../conformance/protocol/host-process.ts";
import { options, smallHost } from "./hosts.ts";

installSignalHandlers((signal) => process.stdout.write(`told of ${signal}\n`));
const stubborn = `process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); setInterval(() => {}, 1e6);
  process.stdin.removeAllListeners("end");`;
const hosts = await Promise.all([stubborn, stubborn].map((body) => HostProcess.start(smallHost(body), options())));
process.stdout.write(`${hosts.map(({ pid }) => pid).join(" ")}\n`);
if (process.argv[2] === "throw") throw new Error("on purpose");
