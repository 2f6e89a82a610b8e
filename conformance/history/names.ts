/** What a history's names are bound to, so that two plays of one scenario read alike: names that differ from run to run become their place in the story. */
import { createHash } from "node:crypto";
import { pathOf } from "../origin/session.ts";
import type { HistoryEvent } from "./history.ts";

/** A path of the gated origin: the session's part, the gate's nonce, and the gate's name as a path can hold it; with scheme and host where it is a URL. */
const gatePath =
  /(?:(https?:\/\/[^\s/?#":]+|https?:\/\/\[[^\]\s]*\])(?::\d+)?)?(\/[0-9a-f]{16}-\d+\/[0-9a-f]{16}-\d+\/)([\w-]*)/g;

/** A port of this machine, in a URL of no gate: by its name or an address of it, in whatever spelling. */
const localPort =
  /(https?:\/\/(?:localhost|127[\d.]*|0x7f[\da-f.]*|0?17700000001|2130706433|0\.0\.0\.0|\[[^\]\s]*\])):(\d+)(?=[/?#\s"]|$)/g;

/** Stands before what is bound; doubled where a guest's own text holds it, so that no text can pass for a bound name. */
const sign = "§";

/** The bound names of one history. */
export class Names {
  readonly #calls = new Map<string, string>();
  readonly #connections = new Map<string, string>();
  readonly #modules = new Map<string, string>();
  readonly #identities = new Map<string, string>();
  readonly #paths = new Map<string, string>();
  readonly #ports = new Map<string, string>();
  readonly #segments = new Map<string, number>();
  readonly #moduleOfConnection = new Map<string, string>();
  readonly #connectionOfCall = new Map<string, string>();
  readonly #callOfPath = new Map<string, string>();

  /** @param seed the run's seed, which the identities of connections derive from; absent where it is not known */
  constructor(events: readonly HistoryEvent[], seed?: string) {
    const sources = new Map<string, string>();
    const targets = new Map<string, string>();
    for (const event of events) {
      if (event.kind === "load") {
        this.#modules.set(event.module, `module ${this.#modules.size}`);
        sources.set(event.module, event.source);
      } else if (event.kind === "connect") {
        const number = this.#connections.size;
        this.#connections.set(event.connection, `connection ${number}`);
        this.#moduleOfConnection.set(event.connection, event.module);
        // A build variant such as `shapes.es2016` has its module's name.
        const [module = ""] = (sources.get(event.module) ?? event.module).split(".");
        if (seed !== undefined) this.#identities.set(identity(seed, module, event.connection), `identity ${number}`);
      } else if (event.kind === "submit") {
        bind(this.#calls, event.call, "call");
        this.#connectionOfCall.set(event.call, event.connection);
        this.#own(event.args, event.call);
      } else if (event.kind === "origin" && event.event.kind === "arrive") {
        targets.set(event.event.gate, event.event.target);
      } else if (event.kind === "origin" && event.event.kind === "release" && event.event.location !== undefined) {
        // Who is redirected goes on there.
        const owner = this.ownerOf(targets.get(event.event.gate) ?? "");
        if (owner !== undefined) this.#own(event.event.location, owner);
      }
    }
    // Calls that were never submitted: named by the kit in advance, or by the host.
    for (const event of events) {
      if (event.kind === "fail-commits" || event.kind === "cancel") bind(this.#calls, event.call, "call");
      if (event.kind === "stepped" && event.turn !== null) bind(this.#calls, event.turn.call, "call");
    }
  }

  /** `call 3`: by order of submission. */
  call(name: string): string {
    return this.#calls.get(name) ?? `unknown call ${name}`;
  }

  /** `connection 0`: by order of opening. */
  connection(name: string): string {
    return this.#connections.get(name) ?? `unknown connection ${name}`;
  }

  /** `module 0`: by order of loading. */
  module(name: string): string {
    return this.#modules.get(name) ?? `unknown module ${name}`;
  }

  /** The module that a call was submitted to, under the history's own name; undefined where it was not submitted. */
  moduleOf(call: string): string | undefined {
    const connection = this.#connectionOfCall.get(call);
    return connection === undefined ? undefined : this.#moduleOfConnection.get(connection);
  }

  /** The call that was given the URL that this request came to, under the history's own name. */
  ownerOf(target: string): string | undefined {
    return this.#callOfPath.get(pathOf(target));
  }

  /** A value with every name that stands in it bound: whole texts that are a call's or connection's name or identity, and URLs of gates. */
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [this.text(name), this.value(field)]));
  }

  /** A text with every name that stands in it bound. */
  text(text: string): string {
    const bound = this.#calls.get(text) ?? this.#connections.get(text) ?? this.#identities.get(text);
    if (bound !== undefined) return `${sign}${bound}`;
    return text
      .replaceAll(sign, sign + sign)
      .replace(gatePath, (_, host: string | undefined, path: string, name: string) => {
        return `${sign}${host ?? ""}/${this.#path(path, name)}`;
      })
      .replace(localPort, (_, host: string, port: string) => {
        bind(this.#ports, port, "port");
        return `${host}:${sign}${this.#ports.get(port)}`;
      });
  }

  #path(path: string, name: string): string {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    // Two gates may have names that are the same in a path.
    const earlier = this.#segments.get(name) ?? 0;
    this.#segments.set(name, earlier + 1);
    const bound = earlier === 0 ? name : `${name}~${earlier + 1}`;
    this.#paths.set(path, bound);
    return bound;
  }

  /** Notes whose the URLs in a call's arguments are: the first call's that was given them. */
  #own(value: unknown, call: string): void {
    if (typeof value === "string") {
      for (const [url] of value.matchAll(/https?:\/\/[^\s"]+/g)) {
        const path = pathOf(url);
        if (!this.#callOfPath.has(path)) this.#callOfPath.set(path, call);
        this.text(url);
      }
    } else if (typeof value === "object" && value !== null) {
      for (const field of Object.values(value)) this.#own(field, call);
    }
  }
}

/** A value in which URLs of gates are cut to the gate's name, for people. */
export function withShortUrls(value: unknown): unknown {
  if (typeof value === "string") return value.replace(gatePath, (...[, , , name]) => `…/${name}`);
  if (Array.isArray(value)) return value.map(withShortUrls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withShortUrls(field)]));
}

function bind(names: Map<string, string>, name: string, kind: string): void {
  if (!names.has(name)) names.set(name, `${kind} ${names.size}`);
}

/** A connection's identity, as the guest ABI derives it. */
function identity(seed: string, module: string, connection: string): string {
  return createHash("sha256").update(`${seed}:connection:${module}:${connection}`).digest("hex");
}
