import type { Anomaly, AnomalyClass, CycleEdge } from "./anomaly.ts";

/** Gathers anomalies; of each class it keeps the first few and counts the others. */
export class Findings {
  readonly #perClass: number;
  readonly #counts = new Map<AnomalyClass, number>();
  readonly #kept: Anomaly[] = [];
  readonly #messages = new Set<string>();

  constructor(perClass: number) {
    this.#perClass = perClass;
  }

  /** Adds an anomaly, unless the same was told before. */
  add(name: AnomalyClass, transactions: readonly string[], message: string, cycle?: readonly CycleEdge[]): void {
    const count = this.#counts.get(name) ?? 0;
    if (count >= this.#perClass) {
      this.#counts.set(name, count + 1);
      return;
    }
    if (this.#messages.has(message)) return;
    this.#messages.add(message);
    this.#counts.set(name, count + 1);
    this.#kept.push({ class: name, transactions, message, ...(cycle === undefined ? {} : { cycle }) });
  }

  /** The anomalies kept, in the order found. */
  get anomalies(): readonly Anomaly[] {
    return this.#kept;
  }

  /** How many of each class were found. */
  get counts(): ReadonlyMap<AnomalyClass, number> {
    return this.#counts;
  }
}
