import { expect, test } from "vitest";
import { Randomness } from "../../conformance/scenarios/randomness.ts";

const numbers = Array.from({ length: 12 }, (_, index) => index);

test("the same seed and scenario give the same choices in every version", () => {
  expect(new Randomness("evenlane", "isolation/no-lost-update").shuffled(numbers)).toMatchInlineSnapshot(`
    [
      4,
      5,
      2,
      6,
      1,
      10,
      0,
      11,
      3,
      8,
      9,
      7,
    ]
  `);
  expect(new Randomness("evenlane", "isolation/no-read-skew").shuffled(numbers)).toMatchInlineSnapshot(`
    [
      8,
      9,
      10,
      3,
      4,
      6,
      5,
      2,
      0,
      11,
      7,
      1,
    ]
  `);
});

test("shuffling loses and adds nothing", () => {
  const random = new Randomness("another", "scenario");
  for (let round = 0; round < 50; round += 1) {
    expect(random.shuffled(numbers).toSorted((a, b) => a - b)).toEqual(numbers);
  }
});
