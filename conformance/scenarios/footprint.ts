import type { Connection } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { leastGrowth } from "./growth.ts";
import { shareOneIsolate } from "./isolates.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { memoryMaps, openFiles, residentBytes } from "./process-tree.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { buysNoThreads } from "./thread-rounds.ts";
import { countThreads } from "./threads.ts";

/** Numbers of calls that are held, one after the other. */
const sizes = [1, 10, 100, 1000];
/** Bytes of memory that a held call may take, its connection included. */
const bytesPerCall = 256 * 1024;
/** Bytes of memory that an ended call may leave. */
const bytesPerEndedCall = 16 * 1024;
/** Calls that are held at once where it is asked what ended ones leave: few, so that the garbage of a collection's period is little as well. */
const heldAtOnce = 100;
/** Calls from one measure of what ended ones leave to the next, and how often it is taken at most until one is low enough. */
const [stretch, stretches] = [2000, 4];
/** What is counted of a process, and how many more of it a thousand calls may leave: an engine's heap may grow by a mapping now and then. */
const handlesPerThousand = { files: 0, mappings: 10, threads: 0 } as const;
type Handle = keyof typeof handlesPerThousand;

/** The scenarios of the chapter on resources that speak of what held and ended calls cost. */
export const footprint: readonly Scenario[] = [
  scenario({
    requirement: "resources/threads-flat",
    title: "1, 10, 100 and 1,000 calls that are held by address and by name take no threads and leave none",
    module: "relay",
    ownProcess: true,
    measures: true,
    probes: [maxHeld(1000), returns(1143)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await (await hold(stage, alice, "warm-up ", 32)).release();
      const threads = () => countThreads(stage.pid);
      const baseline = threads();
      for (const n of sizes) {
        await buysNoThreads(threads, baseline, n, async (round) => {
          const { release } = await hold(stage, alice, `one of ${n}, round ${round}: `, n);
          return release;
        });
      }
    },
  }),
  scenario({
    requirement: "resources/isolates-flat",
    title: "One isolate holds 1, 10, 100 and 1,000 calls, one round after the other",
    module: "shapes",
    ownProcess: true,
    probes: [maxHeld(1000), returns(1111)],
    async play(stage) {
      const alice = await stage.connect("alice");
      let earlier = 0;
      for (const n of sizes) {
        await shareOneIsolate(stage, alice, stage.gates(`one of ${n}: `, n), earlier);
        earlier += n;
      }
    },
  }),
  scenario({
    requirement: "resources/memory-slope",
    variant: "held",
    title: "Between 100 and 1,000 held calls memory grows by less than 256 KiB each",
    module: "relay",
    ownProcess: true,
    probes: [maxHeld(1000), returns(1132)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await (await hold(stage, alice, "warm-up ", 32)).release();
      const held: number[] = [];
      for (const n of [100, 1000]) {
        const { release } = await hold(stage, alice, `one of ${n}: `, n);
        held.push(residentBytes(stage.pid));
        await release();
      }
      const [hundred, thousand] = held as [number, number];
      const slope = (thousand - hundred) / 900;
      const numbers = [`${hundred} bytes with 100 held`, `${thousand} with 1,000`];
      expectThat(slope <= bytesPerCall, "memory-grew", `a held call takes ${Math.round(slope)} bytes`, numbers);
    },
  }),
  scenario({
    requirement: "resources/memory-slope",
    variant: "ended",
    title: "The least memory with 100 calls held does not grow by 16 KiB for each call that has ended meanwhile",
    module: "relay",
    ownProcess: true,
    measures: true,
    probes: [maxHeld(heldAtOnce), returns(2 * stretch)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const lowest: number[] = [];
      /** The least of what is resident with a hundred held, while a stretch of calls is made in hundreds. */
      const low = async () => {
        let least = Number.POSITIVE_INFINITY;
        for (let burst = 0; burst < stretch / heldAtOnce; burst += 1) {
          const { release } = await hold(stage, alice, `stretch ${lowest.length}, burst ${burst}: `, heldAtOnce);
          least = Math.min(least, residentBytes(stage.pid));
          await release();
        }
        lowest.push(least);
        return least;
      };
      await low();
      const kept = await leastGrowth(stretches, bytesPerEndedCall, async () => {
        const before = lowest.at(-1)!;
        return ((await low()) - before) / stretch;
      });
      const numbers = lowest.map((bytes, index) => `at least ${bytes} bytes in stretch ${index}`);
      const message = `an ended call leaves ${Math.round(kept)} bytes or more, in each of ${stretches} stretches`;
      expectThat(kept <= bytesPerEndedCall, "memory-grew", message, numbers);
    },
  }),
  scenario({
    requirement: "resources/no-handle-growth",
    title:
      "Of 10,000 calls, one after the other, not every thousand leaves the host with more files, mappings and threads",
    module: "script",
    ownProcess: true,
    probes: [returns(10_000), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const counts: Record<Handle, number>[] = [];
      for (let index = 0; index < 10_000; ) {
        for (const end = index + 1000; index < end; index += 1) await oneOfMany(stage, alice, index);
        await stage.quiet();
        const { pid } = stage;
        counts.push({ files: openFiles(pid), mappings: memoryMaps(pid), threads: countThreads(pid) });
      }
      for (const [what, allowed] of Object.entries(handlesPerThousand) as [Handle, number][]) {
        const numbers = counts.map((count) => count[what]);
        const grown = Math.min(...numbers.slice(1).map((count, index) => count - numbers[index]!));
        const message = `each thousand of 10,000 calls left ${grown} ${what} or more`;
        expectThat(grown <= allowed, "handles-grew", message, [`after each thousand: ${numbers.join(", ")}`]);
      }
      expectSame(await stage.rows("cells"), [["number", 10_000]], "wrong-row", "the rows at the end");
    },
  }),
];

/** One call of many: a reducer, a procedure, or, each tenth time, a procedure that fetches, and scans a table. */
async function oneOfMany(stage: Stage, connection: Connection, index: number): Promise<void> {
  const add = ["add", "number", 1];
  if (index % 10 !== 0) {
    const call =
      index % 2 === 0
        ? connection.call("run", { ops: [add] })
        : connection.call(index % 3 === 0 ? "playBlocking" : "play", { steps: [{ tx: [add] }] });
    await stage.returned(call);
    return;
  }
  const gate = stage.gate(`gate ${index}`);
  const call = connection.call("play", { steps: [{ fetch: gate.url }, { tx: [add, ["scan", "", ""]] }] });
  await stage.held([gate]);
  await stage.release(gate);
  await stage.returned(call);
}

/** Holds so many calls, each second one by a name in place of an address; `release` ends them all. */
async function hold(stage: Stage, connection: Connection, name: string, n: number) {
  const gates = stage.gates(name, n);
  const calls = gates.map((gate, index) => {
    const url = new URL(gate.url);
    if (index % 2 === 1) url.hostname = "localhost";
    return connection.call("fetchThenRecord", { url: url.href, token: gate.name });
  });
  await stage.held(gates);
  const release = async () => {
    await Promise.all(gates.map((gate) => stage.release(gate)));
    for (const call of calls) await stage.returned(call);
  };
  return { release };
}
