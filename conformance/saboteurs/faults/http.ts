import type { Saboteur } from "../saboteur.ts";
import { httpLimitFaults } from "./http-limits.ts";
import { httpMessageFaults } from "./http-messages.ts";
import { httpRefusalFaults } from "./http-refusals.ts";

/** Faults in requests, responses, limits and forbidden addresses. */
export const httpFaults: readonly Saboteur[] = [...httpMessageFaults, ...httpLimitFaults, ...httpRefusalFaults];
