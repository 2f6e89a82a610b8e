/** Which addresses a host reaches, as far as that is known from outside. */
import { BlockList, isIPv6 } from "node:net";

/** The network around a host, as the kit has set it up. Each address is `host:port`. */
export interface Network {
  /** Addresses that the operator allows although they are special. */
  readonly allowed: readonly string[];
  /** Where nobody listens. */
  readonly nobody: string;
  /** A server with a certificate that nobody trusts. */
  readonly untrusted: string;
}

/** Blocks of addresses that are not one machine on the public internet: RFC 6890's registry, multicast and what is reserved. */
const special = new BlockList();
for (const [block, length] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(block, length, "ipv4");
}
/** The one block of unicast addresses of IPv6 that are global, and what is special within it. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");
for (const [block, length] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  special.addSubnet(block, length, "ipv6");
}

/**
 * Whether a fetch of this absolute URL comes to nobody: its address is special and not allowed, its name has none, nobody listens there, or the server
 * is one that nobody trusts. Of a network that is not known, nothing is unreachable.
 */
export function unreachable(url: string, network: Network | undefined): boolean {
  if (network === undefined) return false;
  const { protocol, hostname, port } = new URL(url);
  const address = `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
  if (address === network.nobody || (protocol === "https:" && address === network.untrusted)) return true;
  return !network.allowed.includes(address) && (isNameOfNobody(hostname) || isSpecial(hostname));
}

/** Names that never resolve (RFC 6761, section 6.4). */
function isNameOfNobody(hostname: string): boolean {
  return /(?:^|\.)invalid\.?$/.test(hostname);
}

/** Whether a host as a URL has it is a special address, or one of the names that stand for the host's own machine (RFC 6761, section 6.3). */
function isSpecial(hostname: string): boolean {
  const literal = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIPv6(literal)) return !globalUnicast.check(literal, "ipv6") || special.check(literal, "ipv6");
  if (/^[\d.]+$/.test(hostname)) return special.check(hostname, "ipv4");
  return /(?:^|\.)localhost\.?$/.test(hostname);
}
