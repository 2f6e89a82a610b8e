import type { ModelModule } from "../program.ts";
import { ambient } from "./ambient.ts";
import { bodies } from "./bodies.ts";
import { contexts } from "./contexts.ts";
import { ledger } from "./ledger.ts";
import { relay } from "./relay.ts";
import { script } from "./script.ts";
import { shapes, shapesLowered } from "./shapes.ts";
import { transactions } from "./transactions.ts";
import { values } from "./values.ts";

/** The conformance modules as the model has them, by name. */
export const modelModules: ReadonlyMap<string, ModelModule> = new Map([
  ["relay", relay],
  ["ledger", ledger],
  ["shapes", shapes],
  ["shapes.es2016", shapesLowered],
  ["script", script],
  ["transactions", transactions],
  ["bodies", bodies],
  ["values", values],
  ["contexts", contexts],
  ["ambient", ambient],
]);
