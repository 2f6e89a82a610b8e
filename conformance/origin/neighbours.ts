/** What stands beside the gated origin, for fetches that must fail: a server that nobody trusts, a port where nobody listens, an address that is forbidden. */
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { generate } from "selfsigned";

const loopback = "127.0.0.1";

/** The neighbours that every host may reach: they stand in its list of allowed addresses, so that what fails there does not fail as forbidden. */
export class Neighbours {
  /** `host:port` of an HTTPS server with a certificate that nobody trusts. */
  readonly untrusted: string;
  /** `host:port` where no one listens, and no one can begin to: an open connection has taken the port. */
  readonly nobody: string;
  readonly #server: SecureServer;
  readonly #occupant: Socket;
  readonly #requested: Set<string>;

  /** Starts them. @throws where the loopback interface has no free port */
  static async start(): Promise<Neighbours> {
    const requested = new Set<string>();
    // Right in everything but that nobody trusts who signed it: itself.
    const { cert, private: key } = await generate([{ name: "commonName", value: "evenlane untrusted" }], {
      keyType: "ec",
      extensions: [
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: "localhost" },
            { type: 7, ip: loopback },
          ],
        },
      ],
    });
    const server = createSecureServer({ cert, key, handshakeTimeout: 2 ** 31 - 1 }, (request, response) => {
      requested.add(request.url ?? "");
      response.end("answered over a connection that should not have been trusted");
    });
    // A client that does not trust the certificate breaks the handshake off.
    server.on("tlsClientError", () => {});
    server.on("clientError", (_, socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, loopback, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const occupant = await dial(port);
    return new Neighbours(server, occupant, requested);
  }

  private constructor(server: SecureServer, occupant: Socket, requested: Set<string>) {
    this.#server = server;
    this.#occupant = occupant;
    this.#requested = requested;
    this.untrusted = `${loopback}:${(server.address() as AddressInfo).port}`;
    this.nobody = `${loopback}:${occupant.localPort}`;
  }

  /** Whether a request for this path has come to the server that nobody trusts: its client had taken the certificate. */
  wasTrustedWith(path: string): boolean {
    return this.#requested.has(path);
  }

  /** Ends them. Resolves when their ports are free. */
  async stop(): Promise<void> {
    this.#occupant.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

/** A listener at an address that no host may reach: it counts who comes, and answers nothing. */
export class ForbiddenListener {
  /** Its port, on 127.0.0.1. */
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Ports from which connections came, in order. */
  readonly #came: number[] = [];

  /** Starts listening. @throws where the loopback interface has no free port */
  static async open(): Promise<ForbiddenListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, loopback, resolve);
    });
    return new ForbiddenListener(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => {
      this.#came.push(socket.remotePort ?? 0);
      this.#sockets.add(socket);
      socket.on("error", () => {});
    });
  }

  /**
   * How many connections others have made. It makes one of its own and waits for it: connections are accepted in the order in which they were made, so
   * that each one made before this call is counted.
   */
  async visits(): Promise<number> {
    const accepted = new Promise<number>((resolve) => {
      const look = (socket: Socket): void => {
        if (socket.remotePort !== knock.localPort) return;
        this.#server.off("connection", look);
        resolve(this.#came.indexOf(socket.remotePort ?? 0));
      };
      this.#server.on("connection", look);
    });
    const knock = connect(this.port, loopback);
    try {
      const failed = new Promise<never>((_, reject) => knock.once("error", reject));
      const before = await Promise.race([accepted, failed]);
      this.#came.splice(before, 1);
      return before;
    } finally {
      knock.destroy();
    }
  }

  /** Stops listening. Resolves when the port is free. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** An open connection to a port of the loopback interface. */
function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, loopback, () => resolve(socket));
    socket.on("error", reject);
  });
}
