/** Requests that guests make: what goes out, what comes in, and what is refused. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource } from "./guest.ts";
import { runtime } from "./host.ts";
import { Origin } from "./origin.ts";

let elsewhere: Origin;

const fetches: GuestFunction = {
  name: "fetches",
  kind: "procedure",
  mode: "async",
  params: [
    { name: "request", type: "json" },
    { name: "body", type: "json" },
  ],
  body: `async (host, { request, body }) => {
    const issued = host.fetch(typeof request === "string" ? request : JSON.stringify(request), body && Uint8Array.from(body));
    const handle = await issued;
    if (handle < 0) return { code: handle, message: host.message(), atOnce: typeof issued === "number" };
    return { ...JSON.parse(host.takeHead(handle)), body: [...host.takeBody(handle)] };
  }`,
};

startForEach();

beforeEach(async () => {
  elsewhere = await Origin.start();
  await host.connect("ts", guestSource({ functions: [fetches] }));
});

afterEach(async () => {
  await elsewhere.stop();
});

interface Fetched {
  code?: number;
  message: string;
  atOnce: boolean;
  status: number;
  statusText: string;
  headers: [string, string][];
  url: string;
  body: number[];
}
const fetched = (request: unknown, body: number[] | null = null) => host.value<Fetched>("fetches", { request, body });

test("a request and its response cross as they are", async () => {
  const bytes = Array.from({ length: 256 }, (_, index) => index);
  const request = {
    url: origin.url("/p?q=1#hash"),
    method: "post",
    headers: [
      ["X-Twice", "1"],
      ["x-twice", " 2\t"],
      ["Content-Type", "text/x"],
    ],
  };
  const response = fetched(request, bytes);
  const arrival = await origin.arrival("/p?q=1");
  expect(arrival.request.method).toBe("POST");
  expect([...arrival.body]).toEqual(bytes);
  const sent = arrival.request.rawHeaders.map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part));
  const pairs = Array.from({ length: sent.length / 2 }, (_, index) => sent.slice(2 * index, 2 * index + 2));
  expect(pairs.sort()).toEqual([
    ["connection", runtime === "deno" ? "close" : "keep-alive"],
    ["content-length", "256"],
    ["content-type", "text/x"],
    ["host", origin.address],
    ["x-twice", "1"],
    ["x-twice", "2"],
  ]);
  arrival.response.writeHead(418, "I'm a teapot!", [
    ["Set-Cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["Content-Encoding", "gzip"],
    ["Latin", "caf\u00e9"],
  ] as never);
  arrival.response.end(Buffer.from(bytes));
  const { status, statusText, headers, url, body } = await response;
  expect([status, statusText, url]).toEqual([418, "I'm a teapot!", origin.url("/p?q=1")]);
  expect(headers.filter(([name]) => ["set-cookie", "content-encoding", "latin"].includes(name))).toEqual([
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["content-encoding", "gzip"],
    ["latin", "caf\u00e9"],
  ]);
  expect(body).toEqual(bytes);
});

test.each([
  "not json",
  { url: 1 },
  { url: "/relative" },
  { url: "ftp://h/" },
  { url: "http://user:secret@h/" },
  { url: "http://h/", method: "CONNECT" },
  { url: "http://h/", method: "BAD METHOD" },
  { url: "http://h/", headers: [["bad name", "x"]] },
  { url: "http://h/", headers: [["x", "a\r\nInjected: 1"]] },
  { url: "http://h/", headers: [["x", "\u0100"]] },
  { url: "http://h/", headers: [["Host", "other"]] },
  { url: "http://h/", headers: { x: "1" } },
  { url: "http://h/", more: 1 },
  { url: "http://h/", timeoutMs: 0 },
  { url: "http://h/", timeoutMs: 1.5 },
  { url: "http://h/", timeoutMs: "1000" },
  { url: "http://h/", timeoutMs: null },
])("a request that is none is refused at once: %j", async (request) => {
  const { code, atOnce, message } = await fetched(request);
  expect([code, atOnce]).toEqual([-7, true]);
  expect(message).not.toContain("secret");
});

test("redirects are followed as Fetch does", async () => {
  const redirect = async (path: string, status: number, location: string) => {
    const arrival = await origin.arrival(path);
    arrival.response.writeHead(status, { location }).end("moved");
    return arrival;
  };
  const headers = [
    ["Content-Type", "text/x"],
    ["X-Kept", "1"],
  ];
  const post = fetched({ url: origin.url("/1"), method: "POST", headers }, [1, 2]);
  expect((await redirect("/1", 307, "/2")).request.method).toBe("POST");
  const second = await redirect("/2", 302, "3");
  expect([second.request.method, [...second.body]]).toEqual(["POST", [1, 2]]);
  const third = await origin.arrival("/3");
  expect([third.request.method, third.body.length]).toEqual(["GET", 0]);
  expect(third.request.headers).toMatchObject({ "x-kept": "1" });
  expect(third.request.headers).not.toHaveProperty("content-type");
  third.response.end("end");
  expect(await post).toMatchObject({ status: 200, url: origin.url("/3"), body: [101, 110, 100] });
});

test("ten redirects are followed, an eleventh is not", async () => {
  const walk = async (prefix: string, count: number) => {
    for (let index = 0; index < count; index += 1) {
      const { response } = await origin.arrival(`/${prefix}${index}`);
      response.writeHead(301, { location: `/${prefix}${index + 1}` }).end();
    }
  };
  const ten = fetched({ url: origin.url("/t0") });
  await walk("t", 10);
  await origin.release("/t10");
  expect(await ten).toMatchObject({ status: 200 });
  const eleven = fetched({ url: origin.url("/e0") });
  await walk("e", 11);
  expect(await eleven).toMatchObject({ code: -9, message: expect.stringContaining("redirects") });
});

test("special addresses are refused: as a literal, as a name's address, as a redirect's target", async () => {
  const port = elsewhere.address.split(":")[1];
  for (const name of ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
    expect(await fetched({ url: `http://${name}:${port}/x` })).toMatchObject({ code: -9, atOnce: false });
  }
  expect(await fetched({ url: `http://localhost:${origin.address.split(":")[1]}/x` })).toMatchObject({ code: -9 });
  const redirected = fetched({ url: origin.url("/r") });
  (await origin.arrival("/r")).response.writeHead(302, { location: elsewhere.url("/x") }).end();
  expect(await redirected).toMatchObject({ code: -9 });
  expect(elsewhere.order).toEqual([]);
  expect(origin.order).toEqual(["/r"]);
});

test("what is no whole response is a transport error without the query", async () => {
  const truncated = fetched({ url: origin.url("/truncated?token") });
  const half = await origin.arrival("/truncated?token");
  half.response.writeHead(200, { "content-length": 10 });
  half.response.write("half", () => half.request.socket.destroy());
  expect(await truncated).toMatchObject({ code: -9, message: expect.not.stringContaining("token") });
  const garbage = fetched({ url: origin.url("/garbage") });
  (await origin.arrival("/garbage")).request.socket.end("nonsense\r\n\r\n");
  expect(await garbage).toMatchObject({ code: -9 });
  const nowhere = await Origin.start();
  const { address } = nowhere;
  await nowhere.stop();
  expect(await fetched({ url: `http://${address}/` })).toMatchObject({ code: -9 });
});

test("a body over the limit is refused, and the connection is dropped", async () => {
  const call = fetched({ url: origin.url("/bomb") });
  const { response, closed } = await origin.arrival("/bomb");
  const chunk = Buffer.alloc(1 << 20);
  for (let sent = 0; sent < 34; sent += 1) response.write(chunk);
  expect(await call).toMatchObject({ code: -13 });
  await closed;
});
