/**
 * How the model is led by what was observed: the `seq` of the calls' transactions say which step the host must have taken, where the contract leaves
 * several. What they leave open is a choice.
 */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import type { ModelCall, Operation } from "../model/call.ts";
import type { Item } from "../model/ready-queue.ts";
import type { Choices } from "./choices.ts";
import { type Facts, failedAs } from "./facts.ts";
import { mayHaveLostLane } from "./lost-lanes.ts";
import { Mismatch } from "./mismatch.ts";
import type { Replayed } from "./replayed.ts";
import { transacts, withRivals } from "./turns.ts";
import { letInUnseen, unseenOf } from "./unseen.ts";
import { standing } from "./words.ts";

/** Whether the next transaction of a call has the next `seq`, has a later one, does not commit, or nobody was told. */
type Fit = "now" | "later" | "undone" | "unknown";

/** Takes the modules of one attempt through their steps. */
export class Stepping {
  readonly facts: Facts;
  readonly #choices: Choices;

  constructor(facts: Facts, choices: Choices) {
    this.facts = facts;
    this.#choices = choices;
  }

  /** Which of these to try. */
  choose<T>(options: readonly T[]): T {
    return options[options.length === 1 ? 0 : this.#choices.next(options.length)]!;
  }

  /** Takes steps until it is so. @throws Mismatch where the model cannot get there, and so not to this event */
  until(module: Replayed, reached: () => boolean, event: HistoryEvent): void {
    while (!reached()) {
      if (!this.progress(module)) throw new Mismatch(`${describeEvent(event)}; ${standing(module.machine, event)}`);
    }
  }

  /** Takes all the steps that do not need an outcome that nobody saw come in. @throws Mismatch where the module is not quiet then */
  runAll(module: Replayed): void {
    while (this.progress(module, false));
    const { machine } = module;
    if (machine.quiet || machine.parked !== undefined) return;
    throw new Mismatch(`the host is quiet; ${standing(machine, undefined)}`);
  }

  /** Takes one step that agrees with what was observed; false where there is none. `unseen`: or lets in an outcome that nobody saw come. */
  progress(module: Replayed, unseen = true): boolean {
    const { machine } = module;
    const waiting = [
      ...(machine.turn !== undefined && machine.parked === undefined ? [machine.turn] : []),
      ...machine.poolTransactions,
    ];
    const items = machine.items();
    const transact = (fit: Fit) => this.#transactFirst(module, waiting, fit);
    const take = (some: readonly Item[]) => this.#takeOneOf(module, withRivals(some, items));
    const fits = ({ call }: Item, fit: Fit) => this.#fitOf(module, call) === fit;
    const inOrder: (() => boolean)[] = [
      () => transact("now"),
      () => take(items.filter((item) => transacts(item) !== false && fits(item, "now"))),
      () => take(items.filter((item) => transacts(item) === false).slice(0, 1)),
      () => take(items.filter((item) => transacts(item) === undefined)),
      () => transact("undone"),
      () => take(items.filter((item) => transacts(item) && fits(item, "undone")).slice(0, 1)),
      () => transact("unknown"),
      () => take(items.filter((item) => fits(item, "unknown"))),
    ];
    if (inOrder.some((attempt) => attempt())) return true;
    const { due } = machine;
    if (due === undefined || !machine.quiet) {
      // Where something is ready that cannot have run yet, what came before it has come in.
      return (unseen || !machine.quiet) && this.letIn(module, () => true);
    }
    // Whether a fetch failed before its time was over, or its call's, is the host's choice.
    const ended = unseenOf(machine).filter((one) => one === due || ("late" in due && due.late === one.call));
    if (ended.length > 0 && this.choose([false, true])) letInUnseen(machine, this.choose(ended));
    else machine.fire();
    return true;
  }

  /** Lets one of the outcomes come in that nobody outside could see come; false where none is due to these calls. */
  letIn({ machine }: Replayed, fits: (operation: Operation) => boolean): boolean {
    const unseen = unseenOf(machine).filter(fits);
    if (unseen.length === 0) return false;
    letInUnseen(machine, this.choose(unseen));
    return true;
  }

  /** Runs one turn of the lane to its end. */
  runTurn(module: Replayed, item: Item): void {
    this.#take(module, item);
    while (module.machine.turn === item.call) this.#transact(module, item.call);
  }

  /** A call is ended from outside, as that category, wherever it is by then. */
  endFromOutside(module: Replayed, call: string, category: string): void {
    if (!module.ending.has(call)) module.ending.set(call, category);
    this.#endDue(module);
  }

  #fitOf({ machine }: Replayed, call: ModelCall): Fit {
    const result = this.facts.results.get(call.new.name);
    if (result === undefined) return "unknown";
    const seq = result.seqs[call.seqs.length];
    if (seq === undefined) return "undone";
    return seq === machine.tables.seq + 1 ? "now" : "later";
  }

  #transactFirst(module: Replayed, calls: readonly ModelCall[], fit: Fit): boolean {
    const call = calls.find((one) => this.#fitOf(module, one) === fit);
    if (call === undefined) return false;
    this.#transact(module, call);
    return true;
  }

  #takeOneOf(module: Replayed, items: readonly Item[]): boolean {
    if (items.length === 0) return false;
    this.#take(module, this.choose(items));
    return true;
  }

  #take(module: Replayed, item: Item): void {
    module.machine.take(item);
    this.#loseLane(module, item.call);
  }

  /** Where the turn had to be stopped, the lane may be lost with it. */
  #loseLane({ machine }: Replayed, turn: ModelCall): void {
    if (mayHaveLostLane(machine, turn, this.facts.results) && this.choose([true, false])) machine.loseLane();
  }

  #transact(module: Replayed, call: ModelCall): void {
    const before = call.seqs.length;
    module.machine.transact(call);
    this.#loseLane(module, call);
    const seq = call.seqs[before];
    const result = this.facts.results.get(call.new.name);
    if (seq !== undefined && result !== undefined && result.seqs[before] !== seq) {
      const told =
        result.seqs[before] === undefined ? "it reports no such transaction" : `it reports ${result.seqs[before]}`;
      throw new Mismatch(
        `by the model transaction ${before + 1} of ${call.new.name} (${call.new.function}) commits as seq ${seq}; ${told}`,
      );
    }
    this.#endDue(module);
  }

  /** The end of a call from outside takes effect once the call has committed what it reports: it may have come while a turn ran. */
  #endDue(module: Replayed): void {
    for (const [name, category] of module.ending) {
      const call = module.machine.call(name)!;
      const result = this.facts.results.get(name);
      const isEnded = result === undefined || failedAs(result, category);
      if (isEnded && call.seqs.length >= (result?.seqs.length ?? 0)) module.machine.end(call, category);
    }
  }
}
