import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { eightMebibytes, everyByte, expectSameBytes, roundTrip, send, valuesByName } from "./web.ts";

/** Header names that a host may add to those of the guest. */
const addedByHosts = ["host", "connection", "content-length", "transfer-encoding", "accept", "user-agent"];
/** Header names that the origin's own server adds to those of a reply. */
const addedByOrigin = ["connection", "keep-alive", "content-length", "transfer-encoding"];

/** The scenarios of the chapter on HTTP that tell of messages and bodies. */
export const http: readonly Scenario[] = [
  scenario({
    requirement: "http/request-round-trips",
    variant: "methods",
    title: "Each method arrives as it was given, the usual ones in upper case however they were written",
    module: "web",
    probes: [maxHeld(1), returns(11)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "M-SEARCH"];
      const asTheyArrive = new Map([
        ...methods.map((method) => [method, method] as const),
        ["get", "GET"],
        ["pOsT", "POST"],
      ]);
      for (const [method, expected] of asTheyArrive) {
        const { arrival } = await roundTrip(stage, alice, stage.gate(`for ${method}`), { method });
        expectSame(arrival.method, expected, "wrong-request", `the method of the request that was to be a ${method}`);
      }
    },
  }),
  scenario({
    requirement: "http/request-round-trips",
    variant: "headers",
    title: "The guest's headers arrive with their repeats in order, and the host adds none but listed ones",
    module: "web",
    probes: [maxHeld(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("many");
      const headers = [
        ["X-Twice", "1"],
        ["x-between", "a\tb"],
        ["x-twice", "2"],
        ["X-Empty", ""],
        ["x-latin", "caf\u00e9"],
        ["x-trimmed", " \t in the middle \t "],
        ["X-TWICE", "1"],
      ] as const;
      const { arrival } = await roundTrip(stage, alice, gate, { headers });
      const arrived = valuesByName(arrival.headers);
      const expected = {
        "x-between": ["a\tb"],
        "x-empty": [""],
        "x-latin": ["caf\u00e9"],
        "x-trimmed": ["in the middle"],
      };
      for (const [name, values] of Object.entries({ "x-twice": ["1", "2", "1"], ...expected })) {
        expectSame(arrived.get(name), values, "wrong-request", `the values of ${name} that arrived`);
      }
      const added = [...arrived.keys()].filter((name) => !name.startsWith("x-"));
      const unlisted = added.filter((name) => !addedByHosts.includes(name));
      expectSame(unlisted, [], "wrong-request", "the headers that the host added and that the spec does not list");
      expectSame(arrived.get("host"), [new URL(gate.url).host], "wrong-request", "the host that the request names");
      expectSame(arrived.get("accept") ?? ["*/*"], ["*/*"], "wrong-request", "what the host accepts unasked");

      const own = [
        ["accept", "application/json"],
        ["user-agent", "the guest itself"],
      ] as const;
      const second = await roundTrip(stage, alice, stage.gate("own"), { headers: own });
      for (const [name, value] of own) {
        const values = valuesByName(second.arrival.headers).get(name);
        expectSame(values, [value], "wrong-request", `the values of the guest's own ${name}`);
      }
    },
  }),
  scenario({
    requirement: "http/request-round-trips",
    variant: "bodies",
    title: "No body, an empty one, one of every byte, and one of 8 MiB arrive byte for byte",
    module: "web",
    probes: [maxHeld(1), returns(5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const hex = everyByte.toString("hex");
      const bodies = [
        { name: "no body", asked: {}, bytes: Buffer.alloc(0) },
        { name: "an empty body", asked: { body: { hex: "" } }, bytes: Buffer.alloc(0) },
        { name: "one byte", asked: { body: { hex: "00" } }, bytes: Buffer.of(0) },
        { name: "every byte", asked: { body: { hex } }, bytes: everyByte },
        { name: "8 MiB", asked: { body: { hex, times: (8 << 20) / 256 } }, bytes: eightMebibytes },
      ];
      for (const { name, asked, bytes } of bodies) {
        const { arrival } = await roundTrip(stage, alice, stage.gate(name), { method: "POST", ...asked });
        expectSameBytes(arrival.body, bytes, `the body that arrived of ${name}`);
      }
    },
  }),
  scenario({
    requirement: "http/response-round-trips",
    variant: "head",
    title: "Status, status text and headers are read as they were sent, repeats in order",
    module: "web",
    probes: [maxHeld(1), returns(5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const texts = [
        [200, "Fine By Me"],
        [404, "OK"],
        [500, ""],
        [299, "a\tb (c)"],
      ] as const;
      for (const [status, statusText] of texts) {
        const gate = stage.gate(`status ${status}`);
        const { response } = await roundTrip(stage, alice, gate, {}, { status, statusText });
        expectSame(response.status, status, "wrong-response", "the status");
        expectSame(response.statusText, statusText, "wrong-response", `the status text of ${status}`);
        expectSame(response.url, gate.url, "wrong-response", "the URL that answered");
      }
      const sent = [
        ["X-Twice", "1"],
        ["Set-Cookie", "a=1; Path=/"],
        ["x-twice", "2"],
        ["set-cookie", "b=2, c=3"],
        ["X-Empty", ""],
        ["x-latin", "caf\u00e9"],
        ["content-encoding", "identity"],
      ] as const;
      const { response } = await roundTrip(stage, alice, stage.gate("headers"), {}, { headers: sent });
      const read = valuesByName(response.headers);
      for (const [name, values] of valuesByName(sent.map(([name, value]) => [name.toLowerCase(), value] as const))) {
        expectSame(read.get(name), values, "wrong-response", `the values of ${name} that the guest read`);
      }
      const unsent = [...read.keys()].filter((name) => !sent.some(([other]) => other.toLowerCase() === name));
      const unknown = unsent.filter((name) => !addedByOrigin.includes(name));
      expectSame(unknown, [], "wrong-response", "the headers that nobody sent");
    },
  }),
  scenario({
    requirement: "http/response-round-trips",
    variant: "bodies",
    title: "Bodies that a guest reads and passes on come back byte for byte",
    module: "web",
    probes: [maxHeld(1), returns(5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const chunked = [["transfer-encoding", "chunked"]] as const;
      const bodies = [
        { name: "empty", reply: { body: Buffer.alloc(0) } },
        { name: "one byte", reply: { body: Buffer.of(0) } },
        { name: "every byte", reply: { body: everyByte } },
        { name: "8 MiB", reply: { body: eightMebibytes } },
        { name: "8 MiB in chunks", reply: { body: eightMebibytes, headers: chunked } },
      ];
      for (const { name, reply } of bodies) {
        const [from, to] = [stage.gate(name), stage.gate(`${name} passed on`)];
        const call = alice.call("passOn", { from: from.url, to: to.url });
        await stage.held([from]);
        await stage.release(from, reply);
        await stage.held([to]);
        const { body } = await to.arrived;
        await stage.release(to);
        const { size } = await stage.returned<{ size: number }>(call);
        expectSame(size, reply.body.length, "wrong-response", `the size of the body (${name}) that the guest read`);
        expectSameBytes(body, reply.body, `the body (${name}) that the guest passed on`);
      }
    },
  }),
  scenario({
    requirement: "http/response-round-trips",
    variant: "bodiless",
    title: "Answers that have no body by their nature give an empty one",
    module: "web",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const status of [204, 304]) {
        const { response } = await roundTrip(stage, alice, stage.gate(`status ${status}`), {}, { status });
        expectSame([response.status, response.size], [status, 0], "wrong-response", "status and size");
      }
      const { response } = await roundTrip(stage, alice, stage.gate("head"), { method: "HEAD" }, { body: "12345" });
      expectSame([response.status, response.size], [200, 0], "wrong-response", "status and size of an answer to HEAD");
      const length = valuesByName(response.headers).get("content-length");
      expectSame(length, ["5"], "wrong-response", "the content-length of an answer to HEAD");
    },
  }),
  scenario({
    requirement: "http/body-readers",
    title:
      "Every reader gives the same body, in any order, any number of times, whatever was done to what it gave before",
    module: "web",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const read = async (name: string, body: string | Uint8Array, readers: readonly string[]) => {
        const gate = stage.gate(name);
        const call = alice.call("read", { url: gate.url, readers });
        await stage.held([gate]);
        await stage.release(gate, { body });
        return call;
      };
      const text = '{"a":[1,2.5,null,"caf\u00e9 \ud83d\ude00"]}';
      const by = { text, json: JSON.parse(text), bytes: hexOf(text), arrayBuffer: hexOf(text) };
      const once = ["bytes", "text", "json", "arrayBuffer"] as const;
      const order = [...once, ...once.toReversed(), "json", "json", "text", "text"] as const;
      expectSame(
        await stage.returned(await read("text", text, order)),
        order.map((reader) => by[reader]),
        "wrong-response",
        "what the readers gave of a JSON text",
      );

      const illFormed = Buffer.of(0xef, 0xbb, 0xbf, 0x00, 0xff, 0xc3, 0x28);
      expectSame(
        await stage.returned(await read("bytes", illFormed, ["text", "bytes", "text"])),
        ["\u0000\ufffd\ufffd(", illFormed.toString("hex"), "\u0000\ufffd\ufffd("],
        "wrong-response",
        "what the readers gave of ill-formed UTF-8 behind a byte order mark",
      );
      expectSame(
        await stage.returned(await read("empty", "", ["bytes", "text", "arrayBuffer"])),
        ["", "", ""],
        "wrong-response",
        "what the readers gave of an empty body",
      );
    },
  }),
  scenario({
    requirement: "http/half-sent-body-is-not-a-response",
    title: "A fetch does not settle while half of its body is missing; it settles once, with the whole",
    module: "web",
    probes: [maxHeld(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("slow");
      const body = "the first half, and the second";
      const call = alice.call("sendThenRecord", { request: { url: gate.url }, token: "whole" });
      await stage.held([gate]);
      await stage.until(gate.begin({ body }, 15), "half of the body to be sent");
      await stage.returned(alice.call("record", { token: "meanwhile" }));
      await stage.quiet();
      expectThat(call.ended === undefined, "wrong-response", "the fetch settled with half of its body");
      expectSame(await stage.tokens(), ["meanwhile"], "unexpected-row", "the rows while half of the body is missing");
      await stage.release(gate);
      const report = await stage.returned<{ text: string }>(call);
      expectSame(report.text, body, "wrong-response", "the whole body");
      expectSame(await stage.tokens(), ["meanwhile", "whole"], "wrong-row", "the rows afterwards");
    },
  }),
  ...(["reset", "cut"] as const).map((how) =>
    scenario({
      requirement: "http/half-sent-body-is-not-a-response",
      variant: how,
      title: `A fetch whose connection ends (${how}) after half of the body is an error, and no half response`,
      module: "web",
      probes: [maxHeld(1), returns(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const gate = stage.gate("broken");
        const call = send(alice, { url: gate.url });
        await stage.held([gate]);
        await stage.until(gate.begin({ body: "never to be whole" }, 5), "a part of the body to be sent");
        stage.letGo(gate);
        gate[how]();
        const { outcome } = await stage.returned<{ outcome: string }>(call);
        expectSame(outcome, "transport", "wrong-response", "what came of the fetch");
      },
    }),
  ),
];

function hexOf(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}
