import { expect } from "vitest";
import { type HostCommand, HostProcess, type StartOptions } from "../../conformance/protocol/host-process.ts";
import { membersOf } from "../../conformance/protocol/process-group.ts";

/** Runs `body` on a host, stops it, and demands that nothing of it is left. */
export async function withHost(
  command: HostCommand,
  options: StartOptions,
  body: (host: HostProcess) => Promise<void>,
): Promise<void> {
  const host = await HostProcess.start(command, options);
  try {
    await body(host);
  } finally {
    await host.stop();
    expect(membersOf(host.pid)).toEqual([]);
  }
}
