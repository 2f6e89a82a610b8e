import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Deferred, deferred } from "./deferred.ts";
import type { GatedOrigin } from "./gated-origin.ts";

/**
 * A second way in to the origin: it accepts connections and reads nothing of them until it is told to. What a client sent meanwhile waits in the
 * operating system, so that the scenario decides whether a request arrives before or after what else it does.
 */
export class Door {
  /** Host and port, as a host's `allow` list takes it. */
  readonly authority: string;
  readonly #origin: GatedOrigin;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  readonly #open = new Set<Socket>();
  #knock: Deferred<void> = deferred();

  private constructor(origin: GatedOrigin, server: Server) {
    this.#origin = origin;
    this.#server = server;
    this.authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
      socket.on("error", () => {});
      this.#waiting.push(socket);
      this.#knock.resolve();
    });
  }

  /** Opens a door on a free port of the loopback. @throws where none can be had */
  static async open(origin: GatedOrigin): Promise<Door> {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    return new Door(origin, server);
  }

  /** A gate's URL through this door. */
  through(url: string): string {
    const entry = new URL(url);
    entry.host = this.authority;
    return entry.href;
  }

  /** Resolves once a connection has been accepted that is not read yet. */
  get accepted(): Promise<void> {
    return this.#knock.promise;
  }

  /** Reads what was accepted so far. Resolves when each of these connections has closed, after the requests that were in them. */
  async read(): Promise<void> {
    const sockets = this.#waiting.splice(0);
    this.#knock = deferred();
    const closed = sockets.map((socket) =>
      socket.closed ? undefined : new Promise<void>((resolve) => socket.once("close", () => resolve())),
    );
    for (const socket of sockets) this.#origin.adopt(socket);
    await Promise.all(closed);
  }

  /** Closes it and what came through it. Resolves when the port is free. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#open) socket.destroy();
    });
  }
}
