/**
 * The kit's HTTP server: it answers a request only when the scenario lets it. Nothing in it depends on time: it has no
 * time limits, closes no idle connection (which would race a client that uses it again), and sends no date.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6, type Socket } from "node:net";
import type { OriginEvent, Stray } from "./events.ts";
import { Neighbours } from "./neighbours.ts";
import { OriginSession, pathOf, refuse } from "./session.ts";

export type { Arrival, Header, OriginEvent, Stray } from "./events.ts";
export { Gate, GateError, type GateState } from "./gate.ts";
export type { Reply } from "./reply.ts";
export { OriginSession } from "./session.ts";

/** Connections that the system may queue before they are accepted: it takes the smaller of this and its own bound. */
const backlog = 65_535;

/** Where an origin listens, and how hosts reach it. */
export interface OriginOptions {
  /** Address, or address and port (`0.0.0.0:8080`, `[::1]:0`); 127.0.0.1 and a free port where absent. */
  readonly bind?: string;
  /** URL under which hosts reach it, where that is another. Only its scheme, host and port count. */
  readonly url?: string;
}

/** The server; each scenario opens its own session on it. */
export class GatedOrigin {
  /** Scheme, host and port, without a slash at the end. */
  readonly base: string;
  /** Host and port, as a host's `allow` list takes it. */
  readonly authority: string;
  /** What stands beside it, for fetches that must fail. */
  readonly neighbours: Neighbours;
  readonly #server: Server;
  readonly #run = randomBytes(8).toString("hex");
  readonly #sessions = new Map<string, OriginSession>();
  readonly #strays: Stray[] = [];
  #lastSession = 0;
  #lastNonce = 0;
  #stopped: Promise<void> | undefined;

  /**
   * Starts listening.
   * @throws where the address is taken, or `bind` or `url` cannot be read
   */
  static async start(options: OriginOptions = {}): Promise<GatedOrigin> {
    const { host, port } = readBind(options.bind ?? "127.0.0.1");
    const reached = options.url === undefined ? undefined : new URL(options.url);
    const server = createServer({
      keepAlive: true,
      noDelay: true,
      keepAliveTimeout: 0,
      headersTimeout: 0,
      requestTimeout: 0,
      maxHeaderSize: 1024 * 1024,
    });
    server.timeout = 0;
    server.maxHeadersCount = 0;
    server.maxRequestsPerSocket = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog }, resolve);
    });
    const base = reached ?? new URL(`http://${localName(server.address() as AddressInfo)}`);
    return new GatedOrigin(server, base, await Neighbours.start());
  }

  private constructor(server: Server, reached: URL, neighbours: Neighbours) {
    this.#server = server;
    this.neighbours = neighbours;
    const port = reached.port || (reached.protocol === "https:" ? "443" : "80");
    this.authority = `${reached.hostname}:${port}`;
    this.base = reached.origin;
    server.on("request", (request, response) => this.#take(request, response));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      // A client that resets its connection is no stray: the gate of its request sees it close.
      if (error.code?.startsWith("HPE_")) this.#strays.push({ method: null, target: error.message });
      socket.destroy();
    });
  }

  /** What hosts must be allowed to reach: this origin, by its address and by name, and its neighbours. */
  get allow(): readonly string[] {
    const { untrusted, nobody } = this.neighbours;
    return [this.authority, `localhost:${this.authority.replace(/^.*:/, "")}`, untrusted, nobody];
  }

  /** Requests that belong to no open session, oldest first: late ones, and what is no HTTP. */
  get strays(): readonly Stray[] {
    return this.#strays;
  }

  /** Opens a session for one scenario; `onEvent` is told each event of it as it happens. */
  session(onEvent: (event: OriginEvent) => void = () => {}): OriginSession {
    if (this.#stopped) throw new Error("The origin has stopped: it takes no sessions any more.");
    const key = `${this.#run}-${++this.#lastSession}`;
    const nonce = (): string => `${this.#run}-${++this.#lastNonce}`;
    const hooks = { event: onEvent, ended: () => this.#sessions.delete(key) };
    const session = new OriginSession(this.base, `/${key}`, nonce, hooks, this.neighbours);
    this.#sessions.set(key, session);
    return session;
  }

  /** Takes a connection that came in elsewhere and was not read yet. */
  adopt(socket: Socket): void {
    this.#server.emit("connection", socket);
    socket.resume();
  }

  /** Ends all sessions and closes all connections. Resolves when the port is free. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    for (const session of [...this.#sessions.values()]) session.end();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await Promise.all([closed, this.neighbours.stop()]);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    response.sendDate = false;
    // What ends a connection early is seen by the response's `close`.
    request.on("error", () => {});
    response.on("error", () => {});
    const target = request.url ?? "";
    const session = this.#sessions.get(pathOf(target).split("/")[1] ?? "");
    if (session) {
      session.take(request, response);
      return;
    }
    this.#strays.push({ method: request.method ?? "", target });
    request.resume();
    refuse(response, 404, "no open session has this path\n");
  }
}

function readBind(bind: string): { host: string; port: number } {
  if (isIPv6(bind)) return { host: bind, port: 0 };
  const read = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(bind);
  if (!read)
    throw new TypeError(`The origin cannot be bound to ${JSON.stringify(bind)}: give an address, or address:port.`);
  return { host: (read[1] ?? read[2])!, port: Number(read[3] ?? 0) };
}

/** How this machine reaches what listens there: an address that stands for all is reached by the loopback's. */
function localName({ address, port }: AddressInfo): string {
  if (address === "0.0.0.0") return `127.0.0.1:${port}`;
  if (address === "::") return `[::1]:${port}`;
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
