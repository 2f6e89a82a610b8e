import { describe, expect, test } from "vitest";
import { leastGrowth } from "../../conformance/scenarios/growth.ts";

/** Rounds that add these, one after the other; `played` counts them. */
function rounds(...added: number[]) {
  const played: number[] = [];
  const round = async (index: number) => {
    played.push(index);
    return added[index]!;
  };
  return { played, round };
}

describe("the least growth over several rounds", () => {
  test("shows what each of them adds, whatever else some add", async () => {
    const { round, played } = rounds(9, 3, 7, 3);
    expect(await leastGrowth(4, 2, round)).toBe(3);
    expect(played).toEqual([0, 1, 2, 3]);
  });

  test("is found with the first round that adds no more than is allowed", async () => {
    const { round, played } = rounds(40, 5, 0, 90);
    expect(await leastGrowth(4, 5, round)).toBe(5);
    expect(played).toEqual([0, 1]);
  });

  test("may be less than nothing: a pool can shrink", async () => {
    expect(await leastGrowth(2, 0, rounds(-2).round)).toBe(-2);
  });
});
