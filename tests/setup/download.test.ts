import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadArchive } from "../../scripts/v8/download.mjs";

const packed = gzipSync(`!<arch>\n${"x".repeat(200_000)}`);
let folder: string;
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenlane-download-"));
  writeFileSync(join(folder, "build.rs"), "");
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function download(answer: RequestListener) {
  server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  const output = join(folder, "v8/archive.a.gz");
  const reason = await downloadArchive({
    target: "t",
    crate: folder,
    output,
    node: process.execPath,
    progress: { say: () => {}, update: () => {} },
    env: { ...process.env, CARGO_HOME: folder, RUSTY_V8_MIRROR: `http://127.0.0.1:${port}` },
  });
  // Whatever happened, nothing half made stays.
  const left = readdirSync(join(folder, "v8"));
  expect(left).toEqual(reason === undefined ? ["archive.a.gz"] : []);
  return { reason: reason?.replace(/^.*gz: /, ""), output };
}

test("a whole archive is kept", async () => {
  const { reason, output } = await download((_, response) => response.end(packed));
  expect(reason).toBeUndefined();
  expect(readFileSync(output)).toEqual(packed);
});

test("a refusal is given as the reason", async () => {
  const { reason } = await download((_, response) => response.writeHead(403).end());
  expect(reason).toBe("the server answered 403");
});

test("half an archive is not kept", async () => {
  const { reason, output } = await download((_, response) => response.end(packed.subarray(0, 100)));
  expect(reason).toBe("what came is not a whole gzip file");
  expect(existsSync(output)).toBe(false);
});

test("a sign-in page is not kept", async () => {
  const { reason } = await download((_, response) => response.end(gzipSync("<html>")));
  expect(reason).toBe("what came is not a static library");
});
