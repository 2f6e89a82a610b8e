import { concurrencyFaults } from "./faults/concurrency.ts";
import { contextFaults } from "./faults/context.ts";
import { determinismFaults } from "./faults/determinism.ts";
import { errorsFaults } from "./faults/errors.ts";
import { httpFaults } from "./faults/http.ts";
import { isolationFaults } from "./faults/isolation.ts";
import { lifecycleFaults } from "./faults/lifecycle.ts";
import { orderingFaults } from "./faults/ordering.ts";
import { priorityFaults } from "./faults/priority.ts";
import { registrationFaults } from "./faults/registration.ts";
import { resourcesFaults } from "./faults/resources.ts";
import { schedulingFaults } from "./faults/scheduling.ts";
import { tooStrictFaults } from "./faults/too-strict.ts";
import { tooStrictCallFaults } from "./faults/too-strict-calls.ts";
import { valuesFaults } from "./faults/values.ts";
import { withTxFaults } from "./faults/with-tx.ts";
import type { Saboteur } from "./saboteur.ts";

/** Every saboteur of the JavaScript host, in the order of the spec's chapters. */
export const saboteurs: readonly Saboteur[] = [
  ...orderingFaults,
  ...isolationFaults,
  ...concurrencyFaults,
  ...priorityFaults,
  ...errorsFaults,
  ...registrationFaults,
  ...withTxFaults,
  ...httpFaults,
  ...schedulingFaults,
  ...valuesFaults,
  ...lifecycleFaults,
  ...contextFaults,
  ...resourcesFaults,
  ...determinismFaults,
  ...tooStrictFaults,
  ...tooStrictCallFaults,
];
