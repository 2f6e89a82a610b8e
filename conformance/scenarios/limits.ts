import { expectCommits } from "./commits.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { unwantedAt } from "./unwanted.ts";

/** The scenarios on the bounds that an operator sets for a module. */
export const limits: readonly Scenario[] = [
  scenario({
    requirement: "concurrency/declared-bound-holds",
    title: "With a bound of four, four of six procedures are held; each release lets one more arrive",
    module: "relay",
    capabilities: ["limits", "quiesce"],
    probes: [maxHeld(4), returns(7)],
    async play(stage) {
      const bounded = await stage.another("relay", { limits: { inFlight: 4 } });
      const alice = await bounded.connect("alice");
      const gates = bounded.gates("gate ", 6);
      const calls = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
      await bounded.held(gates.slice(0, 4));
      await bounded.returnedMeanwhile(alice.call("record", { token: "passes" }));
      await bounded.neverArrived(gates.slice(4));
      for (const next of [4, 5]) {
        await bounded.release(gates[next - 4]!);
        await bounded.held([gates[next]!]);
      }
      for (const gate of gates.slice(2)) await bounded.release(gate);
      for (const call of calls) await bounded.returned(call);
    },
  }),
  scenario({
    requirement: "resources/in-flight-cap",
    title:
      "Where two may be in flight and none may wait, the third is refused and starts nothing; one more is taken after an end",
    module: "relay",
    capabilities: ["limits", "quiesce"],
    probes: [maxHeld(2), failures(1), returns(3)],
    async play(stage) {
      const bounded = await stage.another("relay", { limits: { inFlight: 2, queued: 0 } });
      const alice = await bounded.connect("alice");
      const [first, second, third, fourth] = ["first", "second", "third", "fourth"].map((name) => bounded.gate(name));
      const submit = (gate = first!) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name });
      // Each is held, and its turn over, before the next is submitted: none has to wait to begin.
      const one = submit(first);
      await bounded.held([first!]);
      await bounded.quiet();
      const two = submit(second);
      await bounded.held([second!]);
      await bounded.quiet();
      const came = unwantedAt(third!, "the third call sent its request");
      const refused = await Promise.race([bounded.failed(submit(third)), came]);
      expectSame(refused.category, "limit", "wrong-category", "the third call's category");
      await bounded.neverArrived([third!]);
      await bounded.release(first!);
      await bounded.returned(one);
      await bounded.quiet();
      const four = submit(fourth);
      await bounded.held([fourth!]);
      for (const gate of [second!, fourth!]) await bounded.release(gate);
      for (const call of [two, four]) await bounded.returned(call);
      expectSame((await bounded.tokens()).length, 3, "wrong-row", "how many calls recorded themselves");
    },
  }),
  scenario({
    requirement: "resources/request-queue-cap",
    title: "Where two calls may wait, the third is refused and changes nothing; the two run, and later ones are taken",
    module: "relay",
    capabilities: ["limits", "stepping", "quiesce"],
    probes: [failures(1), returns(3), rowsSeen("log", 3)],
    async play(stage) {
      const bounded = await stage.another("relay", { limits: { queued: 2 } });
      const alice = await bounded.connect("alice");
      await bounded.pause();
      const [one, two, three] = ["one", "two", "three"].map((token) => alice.call("record", { token }));
      await bounded.consequences([], [three!]);
      expectSame((await bounded.failed(three!)).category, "limit", "wrong-category", "the third call's category");
      await bounded.resume();
      for (const call of [one!, two!]) await bounded.returned(call);
      await bounded.quiet();
      await bounded.returned(alice.call("record", { token: "four" }));
      expectSame(await bounded.tokens(), ["one", "two", "four"], "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/request-queue-cap",
    variant: "scheduled",
    title: "Where one call may wait, scheduled calls before and behind it are neither counted nor refused; a second is",
    module: "errands",
    capabilities: ["limits", "stepping", "quiesce", "clock"],
    probes: [failures(1), returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const bounded = await stage.another("errands", { limits: { queued: 1 } });
      const alice = await bounded.connect("alice");
      const start = bounded.now;
      const tokens = ["before", "behind"];
      await bounded.returned(alice.call("scheduleEach", { at: start + 10, apart: 10, tokens }));
      await bounded.pause();
      await bounded.advance(start + 10);
      const waiting = alice.call("record", { token: "waiting" });
      const second = alice.call("record", { token: "refused" });
      await bounded.consequences([], [second]);
      const refused = await bounded.failed(second);
      expectSame(refused.category, "limit", "wrong-category", "the second call's category");
      await bounded.advance(start + 20);
      await bounded.resume();
      await bounded.returned(waiting);
      await bounded.quiet();
      const committed = ["scheduling 2", "before", "waiting", "behind"];
      expectSame(await bounded.tokens(), committed, "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/cpu-budget-per-turn",
    title: "A turn without end fails as budget, and what it had committed stays; turns within the budget return",
    module: "toil",
    capabilities: ["limits"],
    probes: [failures(1), returns(2), rowsSeen("log", 3)],
    async play(stage) {
      const bounded = await stage.another("toil", { limits: { turnMs: 300 } });
      const alice = await bounded.connect("alice");
      await bounded.returned(alice.call("compute", { rounds: 100_000, token: "within" }));
      const loop = alice.call("loop", { token: "kept" });
      expectSame((await bounded.failed(loop)).category, "budget", "wrong-category", "the endless call's category");
      await expectCommits(bounded, loop, 1);
      await bounded.returned(alice.call("record", { token: "after" }));
      expectSame(await bounded.tokens(), ["within", "kept", "after"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/wall-deadline-per-call",
    title:
      "A call that is held when its time is over fails as deadline, with its connection closed; one that ends in time returns",
    module: "relay",
    capabilities: ["limits", "clock", "quiesce"],
    probes: [maxHeld(2), failures(1), returns(2), rowsSeen("log", 3)],
    async play(stage) {
      const bounded = await stage.another("relay", { limits: { callMs: 10_000 } });
      const alice = await bounded.connect("alice");
      const [late, timely] = [bounded.gate("late"), bounded.gate("timely")];
      const zero = bounded.now;
      const ends = alice.call("recordFetchRecord", { url: late.url, token: "late" });
      await bounded.held([late]);
      await bounded.advance(zero + 5000);
      const returnsInTime = alice.call("fetchThenRecord", { url: timely.url, token: "timely" });
      await bounded.held([timely]);
      await bounded.advance(zero + 9999);
      expectThat(ends.ended === undefined, "wrong-value", "the call ended before its time was over");
      await bounded.advance(zero + 10_000);
      await bounded.consequences([], [ends]);
      expectSame((await bounded.failed(ends)).category, "deadline", "wrong-category", "the late call's category");
      await bounded.until(late.closed, "the connection of the late call to be closed");
      await bounded.advance(zero + 14_999);
      await bounded.release(timely);
      await bounded.returned(returnsInTime);
      await bounded.returned(alice.call("record", { token: "fence" }));
      expectSame(await bounded.tokens(), ["late/before", "timely", "fence"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/wall-deadline-per-call",
    variant: "blocking",
    title:
      "A call of the blocking path that is held when its time is over fails as deadline, with its connection closed",
    module: "script",
    guests: "js",
    capabilities: ["limits", "clock", "quiesce"],
    probes: [maxHeld(1), failures(1), returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const bounded = await stage.another("script", { limits: { callMs: 10_000 } });
      const alice = await bounded.connect("alice");
      const gate = bounded.gate("late");
      const [before, after] = ["before", "after"].map((when) => ({ tx: [["record", when]] }));
      const zero = bounded.now;
      const call = alice.call("playBlocking", { steps: [before, { fetch: gate.url }, after] });
      await bounded.held([gate]);
      await bounded.advance(zero + 9999);
      expectThat(call.ended === undefined, "wrong-value", "the call ended before its time was over");
      await bounded.advance(zero + 10_000);
      await bounded.consequences([], [call]);
      expectSame((await bounded.failed(call)).category, "deadline", "wrong-category", "the call's category");
      await bounded.until(gate.closed, "the connection of the call to be closed");
      await bounded.returned(alice.call("run", { ops: [["record", "fence"]] }));
      expectSame(await bounded.tokens(), ["before", "fence"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/wall-deadline-per-call",
    variant: "waiting",
    title: "The time of a call that waits for the lane begins when its first turn does",
    module: "relay",
    capabilities: ["limits", "clock", "quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(1), failures(1), returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const bounded = await stage.another("relay", { limits: { callMs: 10_000 } });
      const alice = await bounded.connect("alice");
      const gate = bounded.gate("waited");
      await bounded.pause();
      const call = alice.call("recordFetchRecord", { url: gate.url, token: "waited" });
      await bounded.quiet();
      await bounded.advance(bounded.now + 6000);
      const began = bounded.now;
      await bounded.resume();
      await bounded.held([gate]);
      await bounded.advance(began + 9999);
      await bounded.quiet();
      expectThat(call.ended === undefined, "wrong-value", "the call ended before its time was over");
      await bounded.advance(began + 10_000);
      await bounded.consequences([], [call]);
      expectSame((await bounded.failed(call)).category, "deadline", "wrong-category", "the call's category");
      await bounded.until(gate.closed, "the connection of the call to be closed");
      await bounded.returned(alice.call("record", { token: "fence" }));
      expectSame(await bounded.tokens(), ["waited/before", "fence"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "resources/memory-cap-per-instance",
    title:
      "A call that needs more memory than its instance may have fails; calls that need less return, before and after it",
    module: "chores",
    capabilities: ["limits", "memoryLimit"],
    probes: [failures(1), returns(3), rowsSeen("log", 1)],
    async play(stage) {
      const bounded = await stage.another("chores", { limits: { memoryBytes: 64 << 20 } });
      const alice = await bounded.connect("alice");
      const claim = (mebibytes: number) => alice.call("claim", { mebibytes });
      expectSame(await bounded.returned(claim(8)), 8, "wrong-value", "what was claimed before");
      // A wasm guest is refused the growth and traps; of a JavaScript guest the engine has to end the call.
      const category = stage.js ? "memory" : "guest-error";
      expectSame((await bounded.failed(claim(256))).category, category, "wrong-category", "how the large claim ended");
      expectSame(await bounded.returned(claim(8)), 8, "wrong-value", "what was claimed afterwards");
      await bounded.returned(alice.call("record", { token: "after" }));
      expectSame(await bounded.tokens(), ["after"], "wrong-row", "what was committed");
    },
  }),
];
