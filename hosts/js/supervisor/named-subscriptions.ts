/** The subscriptions of all modules, by the names that the kit gave them. */
import { RpcError, rpcCode } from "../protocol/errors.ts";
import type { Module } from "./module.ts";

/** Which module each subscription is of. */
export class NamedSubscriptions {
  readonly #modules = new Map<string, Module>();

  /** Subscribes to a table, and gives its rows. Throws where the name is taken or there is no such table. */
  add(module: Module, table: string, subscription: string): { rows: string; seq: number } {
    if (this.#modules.has(subscription)) {
      const message = `subscription ${JSON.stringify(subscription)} is there already; choose another name`;
      throw new RpcError(rpcCode.duplicateName, message);
    }
    const begins = module.subscribe(subscription, table);
    this.#modules.set(subscription, module);
    return begins;
  }

  /** Ends a subscription. Throws where there is none of that name. */
  remove(subscription: string): void {
    const module = this.#modules.get(subscription);
    if (module === undefined) {
      throw new RpcError(rpcCode.unknownName, `there is no subscription ${JSON.stringify(subscription)}`);
    }
    this.#modules.delete(subscription);
    module.unsubscribe(subscription);
  }

  /** Frees the names of a module that is gone. */
  drop(module: Module): void {
    for (const [name, of] of this.#modules) if (of === module) this.#modules.delete(name);
  }
}
