/**
 * Plays a round again and again, up to so many times, until one adds no more than `allowed`, and gives the least that any of them added. What each
 * round leaves behind is found whatever else happens: a pool that fills, an engine that warms up and garbage that waits for its collection add in some
 * rounds, a leak adds in all of them.
 */
export async function leastGrowth(
  rounds: number,
  allowed: number,
  round: (index: number) => Promise<number>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < rounds && least > allowed; index += 1) least = Math.min(least, await round(index));
  return least;
}
