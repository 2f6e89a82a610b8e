/** An HTTP server whose responses the test releases. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that the origin has received. */
export interface Arrival {
  readonly path: string;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Settles when the connection of the request was closed. */
  readonly closed: Promise<void>;
}

/** The server. */
export class Origin {
  readonly #server: Server;
  readonly #arrived = new Map<string, Arrival[]>();
  readonly #waits = new Map<string, ((arrival: Arrival) => void)[]>();
  readonly order: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts a server on a free port of the loopback. */
  static async start(): Promise<Origin> {
    const server = createServer({ keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    const origin = new Origin(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("error", () => {});
      const closed = new Promise<void>((resolve) => {
        response.on("close", resolve);
      });
      request.on("end", () => {
        const path = request.url as string;
        origin.#arrive({ path, request, body: Buffer.concat(chunks), response, closed });
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return origin;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** URL of a path. */
  url(path: string): string {
    return `http://${this.address}${path}`;
  }

  /** The next request for that path, also one that is there already. */
  arrival(path: string): Promise<Arrival> {
    const waiting = this.#arrived.get(path)?.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => {
      const list = this.#waits.get(path) ?? [];
      list.push(resolve);
      this.#waits.set(path, list);
    });
  }

  /** Waits for the request for that path and answers it with 200. */
  async release(path: string, body: string | Uint8Array = path): Promise<void> {
    const { response } = await this.arrival(path);
    response.end(body);
  }

  /** Ends the server and all its connections. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #arrive(arrival: Arrival): void {
    this.order.push(arrival.path);
    const wait = this.#waits.get(arrival.path)?.shift();
    if (wait !== undefined) {
      wait(arrival);
      return;
    }
    const list = this.#arrived.get(arrival.path) ?? [];
    list.push(arrival);
    this.#arrived.set(arrival.path, list);
  }
}
