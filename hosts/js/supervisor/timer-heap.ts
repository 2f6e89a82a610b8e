/** Timers by due time, then by order of creation. */

/** A timer; `cancel` forgets it. */
export interface Timer {
  readonly due: number;
  cancel(): void;
}

interface Node {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
  /** Its place in the heap, or -1 where it is not in it. */
  place: number;
}

/** A binary heap of timers. */
export class TimerHeap {
  readonly #nodes: Node[] = [];
  #created = 0;

  /** Due time of the first timer, or null where there is none. */
  get next(): number | null {
    return this.#nodes[0]?.due ?? null;
  }

  /** Adds a timer for `due`, in milliseconds since the Unix epoch. */
  add(due: number, fire: () => void): Timer {
    const node: Node = { due, order: this.#created, fire, place: this.#nodes.length };
    this.#created += 1;
    this.#nodes.push(node);
    this.#up(node);
    return { due, cancel: () => this.#remove(node) };
  }

  /** Removes the first timer and fires it. */
  fireFirst(): void {
    const first = this.#nodes[0];
    if (first === undefined) return;
    this.#remove(first);
    first.fire();
  }

  #remove(node: Node): void {
    const { place } = node;
    if (place === -1) return;
    node.place = -1;
    const last = this.#nodes.pop() as Node;
    if (last === node) return;
    this.#put(last, place);
    this.#up(last);
    this.#down(last);
  }

  #up(node: Node): void {
    while (node.place > 0) {
      const above = this.#nodes[(node.place - 1) >> 1] as Node;
      if (!before(node, above)) return;
      this.#swap(node, above);
    }
  }

  #down(node: Node): void {
    for (;;) {
      const [left, right] = [this.#nodes[2 * node.place + 1], this.#nodes[2 * node.place + 2]];
      const below = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (below === undefined || !before(below, node)) return;
      this.#swap(below, node);
    }
  }

  #swap(one: Node, other: Node): void {
    const [first, second] = [one.place, other.place];
    this.#put(one, second);
    this.#put(other, first);
  }

  #put(node: Node, place: number): void {
    node.place = place;
    this.#nodes[place] = node;
  }
}

function before(one: Node, other: Node): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
