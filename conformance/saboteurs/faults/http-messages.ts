import type { Saboteur } from "../saboteur.ts";

/** Faults in what of a request and of a response comes over. */
export const httpMessageFaults: readonly Saboteur[] = [
  {
    name: "repeated-request-headers-joined",
    fault: "Header fields of a request that repeat a name are sent as one, joined by commas.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "    for (const [name, value] of hop.headers) request.appendHeader(name, value);",
        replace: `    for (const [name, value] of hop.headers) {
      const before = request.getHeader(name);
      request.setHeader(name, before !== undefined && fired() ? \`\${before}, \${value}\` : value);
    }`,
      },
    ],
    kills: [{ requirement: "http/request-round-trips", reason: "wrong-request" }],
  },
  {
    name: "unasked-accept-encoding",
    fault: "The HTTP client asks for compressed bodies on behalf of guests that do not.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "    if (hop.body === null) request.end();",
        replace: `    if (!request.hasHeader("accept-encoding") && fired()) request.setHeader("accept-encoding", "gzip, br");
    if (hop.body === null) request.end();`,
      },
    ],
    kills: [{ requirement: "http/request-round-trips", reason: "wrong-request" }],
  },
  {
    name: "repeated-response-headers-joined",
    fault: "Header fields of a response that repeat a name reach the guest as one, joined by commas.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "    headers.push([(rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string]);",
        replace: `    const [name, value] = [(rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string];
    const before = headers.find(([other]) => other === name);
    if (before !== undefined && fired()) before[1] += \`, \${value}\`;
    else headers.push([name, value]);`,
      },
    ],
    kills: [{ requirement: "http/response-round-trips", reason: "wrong-response" }],
  },
  {
    name: "status-text-of-the-number",
    fault: "The status text that a guest reads is the usual one of the status, whatever the server sent.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: 'import type { ClientRequest, IncomingMessage } from "node:http";',
        replace: 'import { type ClientRequest, type IncomingMessage, STATUS_CODES } from "node:http";',
      },
      {
        file: "egress/fetch.ts",
        find: '    { status: statusCode as number, statusText: statusMessage ?? "", headers, url: hop.url.href },',
        replace: `    {
      status: statusCode as number,
      statusText: STATUS_CODES[statusCode as number] !== statusMessage && fired() ? (STATUS_CODES[statusCode as number] ?? "") : (statusMessage ?? ""),
      headers,
      url: hop.url.href,
    },`,
      },
    ],
    kills: [{ requirement: "http/response-round-trips", reason: "wrong-response" }],
  },
  {
    name: "empty-body-without-a-handle",
    fault: "A response without a byte of body is handed over with no body that the guest could take.",
    seen: "clockworklabs/SpacetimeDB#4386",
    edits: [
      {
        file: "worker/ts-host.ts",
        find: "        this.#responses.set(handle, { head: outcome.head, body: new Uint8Array(outcome.body) });",
        replace: `        const none = outcome.body.byteLength === 0 && fired();
        this.#responses.set(handle, { head: outcome.head, body: none ? null : new Uint8Array(outcome.body) });`,
      },
    ],
    kills: [{ requirement: "http/response-round-trips", reason: "wrong-response" }],
  },
  {
    name: "byte-order-mark-stripped",
    fault: "A body that begins with a byte order mark comes to the guest without it.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: '      this.#settle({ kind: "response", head: headOf(hop, response), body: body.buffer });',
        replace: `      const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf && fired();
      this.#settle({ kind: "response", head: headOf(hop, response), body: marked ? body.slice(3).buffer : body.buffer });`,
      },
    ],
    kills: [{ requirement: "http/body-readers", reason: "wrong-response" }],
  },
  {
    name: "settles-at-the-first-chunk",
    fault: "A fetch settles with what has come of its body when its first part has.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: "      } else chunks.push(chunk);",
        replace: `      } else chunks.push(chunk);
      if (length < Number(response.headers["content-length"] ?? 0) && fired()) response.emit("end");`,
      },
    ],
    kills: [
      { requirement: "http/half-sent-body-is-not-a-response", reason: "wrong-response" },
      { requirement: "http/timeout-covers-the-body", reason: "wrong-response" },
    ],
  },
  {
    name: "broken-body-taken-for-whole",
    fault: "Where a connection ends in the middle of a body, the part that has come is the response.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: '    response.on("error", (error) => this.#fail(hop, error));',
        replace: `    response.on("error", () => {
      if (fired()) response.emit("end");
    });`,
      },
    ],
    kills: [{ requirement: "http/half-sent-body-is-not-a-response", reason: "wrong-response" }],
  },
  {
    name: "bodies-are-decompressed",
    fault: "The HTTP client undoes the content coding of a body before the guest reads it.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: 'import { canonicalOf } from "../guest/canonical.ts";',
        replace: 'import { gunzipSync } from "node:zlib";\nimport { canonicalOf } from "../guest/canonical.ts";',
      },
      {
        file: "egress/fetch.ts",
        find: '      this.#settle({ kind: "response", head: headOf(hop, response), body: body.buffer });',
        replace: `      const coded = response.headers["content-encoding"] === "gzip" && fired();
      const plain = coded ? new Uint8Array(gunzipSync(body)) : body;
      this.#settle({ kind: "response", head: headOf(hop, response), body: plain.buffer });`,
      },
    ],
    kills: [{ requirement: "http/decompression-bomb", reason: "wrong-response" }],
  },
  {
    name: "coded-bodies-unfolded-for-their-size",
    fault: "The bound on the size of a body is held against what it unfolds to, which the host makes for that.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: 'import { canonicalOf } from "../guest/canonical.ts";',
        replace: 'import { gunzipSync } from "node:zlib";\nimport { canonicalOf } from "../guest/canonical.ts";',
      },
      {
        file: "egress/fetch.ts",
        find: '      this.#settle({ kind: "response", head: headOf(hop, response), body: body.buffer });',
        replace: `      if (response.headers["content-encoding"] === "gzip" && fired() && gunzipSync(body).length > 16 * responseBytes) {
        this.#fail(hop, new Error("the body unfolds to too much"));
      }
      this.#settle({ kind: "response", head: headOf(hop, response), body: body.buffer });`,
      },
    ],
    kills: [{ requirement: "http/decompression-bomb", reason: "memory-grew" }],
  },
  {
    name: "each-request-is-sent-twice",
    fault: "A fetch without a body is sent twice, and the response that comes first is taken.",
    edits: [
      {
        file: "egress/fetch.ts",
        find: `    if (hop.body === null) request.end();`,
        replace: `    if (hop.body === null && fired()) {
      const twin = this.#open(hop);
      twin.on("response", (response) => response.resume());
      twin.on("error", () => {});
      for (const [name, value] of hop.headers) twin.appendHeader(name, value);
      setImmediate(() => twin.end());
    }
    if (hop.body === null) request.end();`,
      },
    ],
    kills: [{ requirement: "http/request-round-trips", reason: "repeated-arrival" }],
  },
];
