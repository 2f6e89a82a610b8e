import type { ModelModule } from "../program.ts";
import { ambient } from "./ambient.ts";
import { bodies } from "./bodies.ts";
import { chores } from "./chores.ts";
import { clockwork } from "./clockwork.ts";
import { contexts } from "./contexts.ts";
import { errands } from "./errands.ts";
import { ledger } from "./ledger.ts";
import { mishaps } from "./mishaps.ts";
import { promises } from "./promises.ts";
import { relay } from "./relay.ts";
import { script } from "./script.ts";
import { shapes, shapesLowered } from "./shapes.ts";
import { signals } from "./signals.ts";
import { toil } from "./toil.ts";
import { transactions } from "./transactions.ts";
import { values } from "./values.ts";
import { web } from "./web.ts";

/** The conformance modules as the model has them, by name. */
export const modelModules: ReadonlyMap<string, ModelModule> = new Map([
  ["relay", relay],
  ["ledger", ledger],
  ["shapes", shapes],
  ["shapes.es2016", shapesLowered],
  ["script", script],
  ["mishaps", mishaps],
  ["signals", signals],
  ["toil", toil],
  ["promises", promises],
  ["transactions", transactions],
  ["bodies", bodies],
  ["web", web],
  ["values", values],
  ["contexts", contexts],
  ["chores", chores],
  ["clockwork", clockwork],
  ["errands", errands],
  ["ambient", ambient],
]);
