/** Numbers of schedules, by closed forms and by a count that knows nothing of the model. */

/** n! */
export const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** In how many orders steps of several kinds can come, so many of each. */
const multinomial = (...counts: number[]): number =>
  counts.reduce(
    (product, count) => product / factorial(count),
    factorial(counts.reduce((sum, count) => sum + count, 0)),
  );

/** Orders of so many procedures' fetches, each procedure's one after the other. */
export const interleavings = (procedures: number, fetches: number): number =>
  multinomial(...Array.from({ length: procedures }, () => fetches));

/** The n-th Catalan number. */
export const catalan = (n: number): number => factorial(2 * n) / factorial(n) / factorial(n + 1);

/** Schedules with one procedure cancelled: it has had so many of its fetches, and then ends. */
export function cancellations(procedures: number, fetches: number): number {
  const others = Array.from({ length: procedures - 1 }, () => fetches);
  let sum = 0;
  for (let had = 0; had < fetches; had += 1) sum += multinomial(...others, had + 1);
  return procedures * sum;
}

/** Schedules turn by turn: each held fetch may be released, and where an outcome or the reducer waits, the next turn may run. */
export function turnByTurn(procedures: number, fetches: number, reducer: boolean): number {
  const count = (left: readonly number[], queue: readonly number[], request: "to come" | "waits" | "over"): number => {
    let sum = 0;
    if (request === "waits") sum += count(left, queue, "over");
    else if (queue.length > 0) sum += count(left, queue.slice(1), request);
    for (const [procedure, fetchesLeft] of left.entries()) {
      if (fetchesLeft === 0 || queue.includes(procedure)) continue;
      sum += count(left.with(procedure, fetchesLeft - 1), [...queue, procedure], request);
    }
    if (request === "to come") sum += count(left, queue, "waits");
    return sum === 0 ? 1 : sum;
  };
  return count(
    Array.from({ length: procedures }, () => fetches),
    [],
    reducer ? "to come" : "over",
  );
}

/** Schedules with a sleep before each last fetch, the later procedures' due the earlier, and a step that moves the clock to the next that is due. */
export function withSleeps(procedures: number, fetches: number): number {
  const due = (procedure: number) => procedures - procedure;
  interface State {
    readonly left: number;
    readonly asleep: boolean;
  }
  /** A procedure that has so many fetches left and is not held: it sleeps before the last one, unless the time has come. */
  const goesOn = (procedure: number, left: number, now: number): State => ({
    left,
    asleep: left === 1 && due(procedure) > now,
  });
  const count = (states: readonly State[], now: number): number => {
    let sum = 0;
    for (const [procedure, { left, asleep }] of states.entries()) {
      if (left > 0 && !asleep) sum += count(states.with(procedure, goesOn(procedure, left - 1, now)), now);
    }
    const next = Math.min(...states.flatMap(({ asleep }, procedure) => (asleep ? [due(procedure)] : [])));
    if (Number.isFinite(next)) {
      sum += count(
        states.map((state, procedure) =>
          state.asleep && due(procedure) <= next ? { ...state, asleep: false } : state,
        ),
        next,
      );
    }
    return sum === 0 ? 1 : sum;
  };
  return count(
    Array.from({ length: procedures }, (_, procedure) => goesOn(procedure, fetches, 0)),
    0,
  );
}
