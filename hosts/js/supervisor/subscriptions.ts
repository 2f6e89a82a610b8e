/** The subscriptions to a module's tables: each is told whole commits that changed its table, once, in the order of `seq`. */
import { rowsText, type Store } from "../store/snapshot.ts";
import { newWatchMemory, setTold, watch } from "../store/watch.ts";

/** Tells a subscriber what one commit changed, as JSON text: pairs of a key and its row, null for one that was deleted. */
export type TellChanges = (subscription: string, seq: number, changes: string) => void;

interface Subscription {
  readonly table: number;
  /** The commit up to which the subscriber has seen the table. */
  readonly from: number;
  /** The rows that it has seen: what a commit leaves as it was is no change. */
  readonly seen: Map<string, string>;
}

/** The subscriptions of one module. */
export class Subscriptions {
  readonly memory = newWatchMemory();
  readonly #store: Store;
  readonly #tell: TellChanges;
  readonly #subscriptions = new Map<string, Subscription>();
  #told = 0;

  constructor(store: Store, tell: TellChanges) {
    this.#store = store;
    this.#tell = tell;
  }

  /** Adds a subscription and gives the rows that it begins with. */
  add(name: string, table: number): { rows: string; seq: number } {
    // First the wish, then the snapshot: a commit that does not see the wish is one that the snapshot has.
    watch(this.memory, true);
    const { rows, seq } = this.#store.snapshot(table);
    this.flush();
    this.#subscriptions.set(name, { table, from: seq, seen: new Map(rows) });
    return { rows: rowsText(rows), seq };
  }

  /** Removes a subscription. */
  remove(name: string): void {
    this.#subscriptions.delete(name);
    if (this.#subscriptions.size === 0) watch(this.memory, false);
  }

  /** Tells what was committed since the last time. To be called before the result of a call that may have committed. */
  flush(): void {
    if (this.#subscriptions.size === 0) return;
    const commits = Map.groupBy(this.#store.changesSince(this.#told), ({ seq }) => seq);
    for (const [seq, changes] of commits) {
      for (const [name, subscription] of this.#subscriptions) {
        if (seq <= subscription.from) continue;
        const { table, seen } = subscription;
        const news = changes.filter((change) => change.tbl === table && (seen.get(change.key) ?? null) !== change.row);
        for (const { key, row } of news) {
          if (row === null) seen.delete(key);
          else seen.set(key, row);
        }
        const pairs = news.map(({ key, row }) => `[${JSON.stringify(key)},${row ?? "null"}]`);
        if (pairs.length > 0) this.#tell(name, seq, `[${pairs.join(",")}]`);
      }
      this.#told = seq;
    }
    setTold(this.memory, this.#told);
  }
}
