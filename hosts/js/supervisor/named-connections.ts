/** The connections to all modules, by the names that the kit gave them. */
import { identity } from "../guest/seed.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import type { Connection } from "./calls.ts";
import type { Module } from "./module.ts";

/** A connection and what it is to. */
interface Entry {
  readonly connection: Connection;
  readonly module: Module;
}

/** Opens and closes them. */
export class NamedConnections {
  readonly #entries = new Map<string, Entry>();

  /** Opens a connection, and gives its identity once `connected` has committed. Rejects where the hook fails; throws where the name is taken. */
  open(module: Module, name: string, runSeed: string): Promise<string> {
    if (this.#entries.has(name)) {
      const message = `connection ${JSON.stringify(name)} is open already; choose another name`;
      throw new RpcError(rpcCode.duplicateName, message);
    }
    const sender = identity(runSeed, module.name, name);
    const connection: Connection = { name, identity: sender, state: "opening", waiting: [] };
    this.#entries.set(name, { connection, module });
    return new Promise((resolve, reject) => {
      module.hook("connected", connection, ({ outcome }) => {
        if ("value" in outcome) {
          if (connection.state === "opening") connection.state = "open";
          resolve(sender);
        } else {
          connection.state = "refused";
          this.#forget(connection);
          const error = { ...outcome, function: "$connected" };
          const message = `connection ${JSON.stringify(name)} was refused: ${outcome.message}`;
          reject(new RpcError(rpcCode.connectionRefused, message, { error }));
        }
        for (const waiting of connection.waiting.splice(0)) waiting();
      });
    });
  }

  /** Closes a connection; settles when `disconnected` has ended. Where that fails it is logged. */
  close(name: string): Promise<void> {
    const { connection, module } = this.get(name);
    connection.state = "closing";
    return new Promise((resolve) => {
      module.hook("disconnected", connection, ({ outcome }) => {
        if ("category" in outcome) {
          const reason = `${outcome.category}: ${outcome.message}`;
          module.log("error", `\`disconnected\` of connection ${name} failed: ${reason}`);
        }
        this.#forget(connection);
        resolve();
      });
    });
  }

  /** The connection of that name. Throws where there is none, or it is being closed. */
  get(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.connection.state === "closing") {
      throw new RpcError(rpcCode.unknownName, `there is no open connection ${JSON.stringify(name)}; open it first`);
    }
    return entry;
  }

  /** Frees the names of a module that is gone. */
  drop(module: Module): void {
    for (const [name, entry] of this.#entries) if (entry.module === module) this.#entries.delete(name);
  }

  /** Frees the name, unless another connection has it by now. */
  #forget(connection: Connection): void {
    const { name } = connection;
    if (this.#entries.get(name)?.connection === connection) this.#entries.delete(name);
  }
}
