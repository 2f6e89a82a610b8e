/** Addresses that guests may not reach: those of the host's own machine or network, and those of no single machine. */
import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const special = new BlockList();
for (const range of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "::ffff:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
]) {
  const [net, length] = range.split("/") as [string, string];
  special.addSubnet(net, Number(length), net.includes(":") ? "ipv6" : "ipv4");
}

/** Whether an address is anything but one machine on the public internet. */
export function isSpecial(address: string): boolean {
  return special.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The address that a URL's host spells out, or null where it is a name. */
export function literalOf(url: URL): string | null {
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  return isIP(host) === 0 ? null : host;
}

/** Exact `host:port` entries that guests may reach although the address is special. */
export class Allowed {
  readonly #entries = new Set<string>();

  /** Takes entries as `initialize` has them; throws an `Error` that names one that is no `host:port`. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const port = Number(entry.slice(entry.lastIndexOf(":") + 1));
      const host = entry.slice(0, entry.lastIndexOf(":"));
      if (!URL.canParse(`http://${host}/`) || !(port >= 0 && port <= 65_535)) {
        throw new Error(`\`allow\`: ${JSON.stringify(entry)} is no host:port`);
      }
      this.#entries.add(`${new URL(`http://${host}/`).hostname}:${port}`);
    }
  }

  /** Whether the operator has named this URL's host and port. */
  names(url: URL): boolean {
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    return this.#entries.has(`${url.hostname}:${port}`);
  }
}

/** Resolves a name through the system and keeps special addresses back; fails where nothing else is left. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, "");
      return;
    }
    const left = addresses.filter(({ address }) => !isSpecial(address));
    const [first] = left;
    if (first === undefined) {
      callback(new Error(`${hostname} has no address but special ones, which guests may not reach`), "");
    } else if (options.all === true) callback(null, left);
    else callback(null, first.address, first.family);
  });
};
