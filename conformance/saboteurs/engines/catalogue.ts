import type { EngineSaboteur } from "../engine-saboteur.ts";
import { callFaults } from "./calls.ts";
import { laneFaults } from "./lanes.ts";
import { transactionFaults } from "./transactions.ts";

/** Every saboteur of the real engines' hosts. */
export const engineSaboteurs: readonly EngineSaboteur[] = [...laneFaults, ...callFaults, ...transactionFaults];
