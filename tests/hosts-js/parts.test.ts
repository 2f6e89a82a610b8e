/** Parts of the host that need no process: the ready queue, the timers, the lock, canonical JSON, the line cutter. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../hosts/js/guest/canonical.ts";
import { Lines } from "../../hosts/js/protocol/lines.ts";
import { SupervisorControl, WorkerControl } from "../../hosts/js/store/control.ts";
import { conflicts, Failpoints, mostArmed } from "../../hosts/js/store/failpoints.ts";
import { SupervisorLock, WorkerLock } from "../../hosts/js/store/lock.ts";
import { VirtualClock } from "../../hosts/js/supervisor/clock.ts";
import { ReadyQueue } from "../../hosts/js/supervisor/ready-queue.ts";
import { TimerHeap } from "../../hosts/js/supervisor/timer-heap.ts";
import { encode, readMessage, readText } from "../../hosts/js/wasm/memory.ts";

const always = () => true;

test("the ready queue: requests first, each class in its order, nothing lost", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("request", "completion", "take"), { maxLength: 400 }), (steps) => {
      const queue = new ReadyQueue<number, number>();
      const waiting = { request: [] as number[], completion: [] as number[] };
      let [next, overtaken] = [0, 0];
      for (const step of [...steps, ...Array<"take">(401).fill("take")]) {
        if (step === "request") queue.request(next);
        if (step === "completion") queue.complete(next);
        if (step !== "take") {
          waiting[step].push(next);
          next += 1;
          continue;
        }
        const taken = queue.take(always);
        const ready = waiting.completion.length > 0;
        const kind = waiting.request.length > 0 && !(ready && overtaken >= 64) ? "request" : "completion";
        overtaken = kind === "request" && ready ? overtaken + 1 : 0;
        const item = waiting[kind].shift();
        expect(taken).toEqual(item === undefined ? null : { kind, item });
      }
      expect(queue.empty).toBe(true);
    }),
  );
});

test("a request that may not begin stays first, and completions pass it", () => {
  const queue = new ReadyQueue<string, string>();
  queue.request("blocked");
  queue.request("behind");
  queue.complete("c");
  const declines = () => false;
  expect(queue.take(declines)).toEqual({ kind: "completion", item: "c" });
  expect(queue.take(declines)).toBeNull();
  expect([queue.take(always)?.item, queue.take(always)?.item]).toEqual(["blocked", "behind"]);
});

test("timers fire by due time, then by creation; a cancelled one does not", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { maxLength: 60 }), (specs) => {
      const heap = new TimerHeap();
      const fired: number[] = [];
      const timers = specs.map(([due], index) => heap.add(due, () => fired.push(index)));
      specs.forEach(([, cancelled], index) => {
        if (cancelled) timers[index]?.cancel();
      });
      while (heap.next !== null) heap.fireFirst();
      const kept = specs
        .map(([due, cancelled], index) => ({ due, cancelled, index }))
        .filter((entry) => !entry.cancelled);
      expect(fired).toEqual(kept.sort((a, b) => a.due - b.due || a.index - b.index).map(({ index }) => index));
    }),
  );
});

test("the virtual clock stands at a timer's due time while it fires", async () => {
  const clock = new VirtualClock(0);
  const seen: number[] = [];
  clock.at(5, () => {
    seen.push(clock.now());
    clock.at(6, () => seen.push(clock.now()));
  });
  clock.at(20, () => seen.push(-1));
  await clock.advance(10, () => Promise.resolve());
  expect([...seen, clock.now()]).toEqual([5, 6, 10]);
});

test("the lock: one owner, handed over to the supervisor that wants it", () => {
  const supervisor = new SupervisorLock();
  const control = new SupervisorControl();
  const workerLock = (owner: number) =>
    new WorkerLock(supervisor.memory, owner, new WorkerControl(control.memory), { begins() {}, ends() {} });
  const [lane, pool] = [workerLock(2), workerLock(3)];
  expect(supervisor.tryReserve()).toBe(true);
  supervisor.passToLane();
  lane.adopt();
  expect(supervisor.tryReserve()).toBe(false);
  expect(lane.release()).toBe("reserved");
  supervisor.handedOver();
  expect(supervisor.tryReserve()).toBe(true);
  supervisor.giveUp();
  pool.acquire();
  expect(supervisor.tryReserve()).toBe(false);
  // The Worker is gone with the lock.
  expect(supervisor.freeOf(2, false)).toBe(false);
  expect(supervisor.freeOf(3, false)).toBe(true);
  expect(supervisor.tryReserve()).toBe(true);
  supervisor.passToLane();
  expect(supervisor.freeOf(2, true)).toBe(false);
  pool.acquire();
  expect(pool.release()).toBe("quiet");
});

test("a cancelled Worker leaves without the lock, and one that waits for it says so", () => {
  const supervisor = new SupervisorLock();
  const control = new SupervisorControl();
  const seen: [string, boolean][] = [];
  const lock = new WorkerLock(supervisor.memory, 2, new WorkerControl(control.memory), {
    begins() {
      seen.push(["begins", control.waitsForLock]);
      // What comes between the look at the lock and the sleep is not slept through.
      control.cancel();
      supervisor.stir();
    },
    ends: () => seen.push(["ends", control.waitsForLock]),
  });
  expect(supervisor.tryReserve()).toBe(true);
  expect(lock.acquire()).toBe(false);
  expect(seen).toEqual([
    ["begins", true],
    ["ends", false],
  ]);
  supervisor.giveUp();
  control.reset();
  expect(lock.acquire()).toBe(true);
});

test("a commit and a cancellation exclude each other", () => {
  const supervisor = new SupervisorControl();
  const worker = new WorkerControl(supervisor.memory);
  expect([worker.beginCommit(), worker.endCommit(), worker.cancelled]).toEqual([true, false, false]);
  expect(worker.beginCommit()).toBe(true);
  expect(supervisor.cancel()).toBe(false);
  expect([worker.cancelled, worker.endCommit(), worker.cancelled]).toEqual([false, true, true]);
  supervisor.reset();
  expect([worker.cancelled, supervisor.cancel(), worker.cancelled, worker.beginCommit()]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("failpoints: counts add up, wait for their call, and are forgotten with it", () => {
  const points = new Failpoints();
  const taken = (n: number) => {
    let count = 0;
    while (conflicts(points.memory, n)) count += 1;
    return count;
  };
  points.await("later", 2);
  points.await("later", 1);
  points.submitted("later", 7);
  points.submitted("other", 8);
  points.arm(9, 1);
  points.arm(9, 4);
  expect([taken(7), taken(8), taken(9), taken(9)]).toEqual([3, 0, 5, 0]);
  points.arm(9, 2);
  points.ended(9);
  expect(taken(9)).toBe(0);
  points.arm(3, 2 ** 40);
  points.arm(3, 2 ** 40);
  expect(conflicts(points.memory, 3)).toBe(true);
  points.ended(3);
  for (let n = 100; !points.full; n += 1) points.arm(n, 1);
  expect(taken(100)).toBe(1);
  expect(taken(100 + mostArmed - 2)).toBe(1);
});

test("canonical JSON", () => {
  const prints = {
    '{ "b" : 1.0, "a" : -0 }': '{"a":0,"b":1}',
    '"\\u20ac\\u000f\\u2028\\/"': '"€\\u000f\u2028/"',
    "[1e21, 1e-7, 9007199254740993, 0.1]": "[1e+21,1e-7,9007199254740992,0.1]",
    '{"\\ud83d\\ude00":1,"\\ufffd":2}': '{"😀":1,"�":2}',
    '{"a":1,"a":2}': '{"a":2}',
  };
  for (const [text, printed] of Object.entries(prints)) expect(canonical(text, "it")).toBe(printed);
  for (const bad of [
    "",
    "1e999",
    "-1e999",
    '"\\ud800"',
    '{"\\udc00":1}',
    "NaN",
    "{'a':1}",
    `${"[".repeat(129)}${"]".repeat(129)}`,
  ]) {
    expect(() => canonical(bad, "it")).toThrow(/it /);
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = canonical(JSON.stringify(value), "it");
      expect(canonical(once, "it")).toBe(once);
      expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("lines are whole, however they are cut", () => {
  const line = fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n]/g, ""));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (texts, cuts) => {
      const whole = Buffer.from(texts.map((text) => `${text}\n`).join(""));
      const found: string[] = [];
      const lines = new Lines((bytes) => found.push(Buffer.from(bytes).toString()));
      const places = cuts.map((cut) => cut % (whole.length + 1)).sort((one, other) => one - other);
      let from = 0;
      for (const place of [...places, whole.length]) {
        lines.push(whole.subarray(from, place));
        from = place;
      }
      expect(found).toEqual(texts.map((text) => text.toWellFormed()).filter((text) => text !== ""));
    }),
  );
});

test("what a wasm guest wrote is read whole, from its first character on", () => {
  const memory = { buffer: new ArrayBuffer(64) };
  const text = "\ufeffa byte order mark \ufeff";
  const bytes = encode(text);
  new Uint8Array(memory.buffer).set(bytes);
  expect(readText(memory, 0, bytes.byteLength, "the text")).toBe(text);
  expect(readMessage(memory, 0, bytes.byteLength)).toBe(text);
});
