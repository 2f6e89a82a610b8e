/** Which optional parts of the protocol a host has: what it declares beside what it does. */
import { z } from "zod";
import { RequestRefused } from "../protocol/host-fault.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import { type Capability, capabilitySchema, errorCodes, type GuestLanguage } from "../protocol/schemas.ts";

/** What a host says of a capability, and what was found. */
export const capabilityClaimSchema = z.strictObject({
  name: capabilitySchema,
  claimed: z.boolean(),
  /** Whether the host knows what belongs to it: its methods, or its fields of a load. */
  measured: z.boolean(),
});
/** What a host says of a capability, and what was found. */
export type CapabilityClaim = z.infer<typeof capabilityClaimSchema>;

/** What is asked to learn of a capability. Nothing of it has an effect: all names in it are unknown to the host. */
interface Question {
  readonly method: string;
  readonly params: Record<string, unknown>;
  /** The refusal of a host that does not have the capability. */
  readonly lacking: number;
}

/** Asks a host about each capability. Fails as `HostProcess.probe` does, but for refusals, which are the answers. */
export async function measureCapabilities(
  host: HostProcess,
  guest: GuestLanguage,
  now: number,
): Promise<CapabilityClaim[]> {
  return Promise.all(
    capabilitySchema.options.map(async (name) => {
      const { method, params, lacking } = questionOn(name, guest, now);
      const measured = await host.probe(method, params).then(
        () => true,
        (error) => {
          if (error instanceof RequestRefused) return error.code !== lacking;
          throw error;
        },
      );
      return { name, claimed: host.info.capabilities.includes(name), measured };
    }),
  );
}

/** What a host says of itself that is not so, in a sentence; undefined where there is nothing. */
export function lieAmong(claims: readonly CapabilityClaim[]): string | undefined {
  const over = claims.filter(({ claimed, measured }) => claimed && !measured).map(({ name }) => name);
  const under = claims.filter(({ claimed, measured }) => !claimed && measured).map(({ name }) => name);
  const said = [
    ...(over.length === 0 ? [] : [`declares ${over.join(", ")}, but refuses what belongs to it as unknown`]),
    ...(under.length === 0 ? [] : [`does not declare ${under.join(", ")}, but takes what belongs to it`]),
  ];
  return said.length === 0 ? undefined : `The host ${said.join("; and it ")}.`;
}

/** What to do about it. */
export const lieHint =
  "Declare in the answer to initialize what the host has and nothing else; refuse the methods of other capabilities as unknown (-32601), and their fields of a load as invalid params (-32602).";

function questionOn(capability: Capability, guest: GuestLanguage, now: number): Question {
  const [module, call] = ["no-such-module", "no-such-call"];
  const file = { path: "/no-such-folder/module", sha256: "0".repeat(64) };
  const asked = (method: string, params: Record<string, unknown>): Question => {
    return { method, params, lacking: errorCodes.unknownMethod };
  };
  const loaded = (field: Record<string, unknown>): Question => {
    return { method: "module/load", params: { guest, ...file, ...field }, lacking: errorCodes.invalidParams };
  };
  switch (capability) {
    case "quiesce":
      return asked("quiesce", { module, outcomes: 0 });
    case "stepping":
      return asked("lane/step", { module });
    case "clock":
      return asked("clock/advance", { to: now });
    case "cancel":
      return asked("call/cancel", { call });
    case "txPoints":
      return asked("tx/continue", { module, call });
    case "failpoints":
      return asked("store/fail", { module, call, commits: 1 });
    case "subscriptions":
      return asked("table/subscribe", { module, table: "log", subscription: "no-such-subscription" });
    case "update":
      return asked("module/update", { module, ...file });
    case "limits":
      return loaded({ limits: { turnMs: 1000 } });
    case "memoryLimit":
      return loaded({ limits: { memoryBytes: 1 << 26 } });
    case "durable":
      return loaded({ data: "/no-such-folder/data" });
  }
}
