/** A host, and an origin that it may fetch from, for each test of a file. */
import { afterEach, beforeEach } from "vitest";
import { type HostOptions, TestHost } from "./host.ts";
import { Origin } from "./origin.ts";

/** How the hosts of a file are started. */
type Options = Omit<HostOptions, "allow">;

/** The host of the test that runs. */
export let host: TestHost;
/** The origin of the test that runs. */
export let origin: Origin;

/** Starts both before each test of the file, and ends them after it. */
export function startForEach(options: Options = {}): void {
  beforeEach(async () => {
    origin = await Origin.start();
    host = await start(options);
  });
  afterEach(async () => {
    await host.stop();
    await origin.stop();
  });
}

/** Ends the test's host and starts another in its place. */
export async function restart(options: Options = {}): Promise<void> {
  await host.stop();
  host = await start(options);
}

const start = (options: Options) => TestHost.start({ ...options, allow: [origin.address] });
