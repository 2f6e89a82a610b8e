/** A plain HTTP client for the tests, on node:http with an agent of its own. */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";

/** A response, read to its end. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What a request may say. */
export interface Asking {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
}

/** A request under way. */
export interface Asked {
  readonly request: ClientRequest;
  /** The whole response; rejects where it does not come to its end. */
  readonly answer: Promise<Answer>;
  /** The head of the response. */
  readonly head: Promise<IncomingMessage>;
}

/** Sends a request. */
export function ask(url: string, { method = "GET", headers, body }: Asking = {}, agent = new Agent()): Asked {
  const target = new URL(url);
  const sent = request(target, {
    method,
    agent,
    ...(headers ? { headers: ["host", target.host, ...headers] } : {}),
  });
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
  const answer = head.then(async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const { statusCode = 0, statusMessage = "", rawHeaders } = response;
    return { status: statusCode, statusText: statusMessage, headers: rawHeaders, body: Buffer.concat(chunks) };
  });
  answer.catch(() => {});
  sent.end(body);
  return { request: sent, head, answer };
}

/** A TCP connection that is open. */
export function dial(authority: string): Promise<Socket> {
  const { hostname, port } = new URL(`http://${authority}`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ""), () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Reads from a socket until `end` has come. */
export function readUntil(socket: Socket, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.endsWith(end)) resolve(text);
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
  });
}
