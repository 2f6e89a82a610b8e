import type { Network } from "../model/network.ts";
import type { Door } from "../origin/door.ts";
import type { GatedOrigin } from "../origin/gated-origin.ts";

/** What a host reaches that was allowed the origin, its neighbours, and the door where there is one. */
export function networkOf(origin: GatedOrigin, door?: Door): Network {
  const { nobody, untrusted } = origin.neighbours;
  return { allowed: door === undefined ? origin.allow : [...origin.allow, door.authority], nobody, untrusted };
}
