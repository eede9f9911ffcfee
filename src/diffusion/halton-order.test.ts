import { expect, it } from "vitest";
import { haltonRanks } from "./halton-order.js";

it.each([
  [8, 8],
  [1, 32],
  [3, 7],
  [1, 1],
])("gives each place of a grid of %i × %i a rank of its own", (rows, columns) => {
  expect([...haltonRanks(rows, columns)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: rows * columns }, (_, i) => i),
  );
});

it("spreads the first places over the grid", () => {
  const ranks = haltonRanks(8, 8);
  const first = [...ranks.keys()].filter((place) => ranks[place] < 16);
  const quarters = [0, 0, 0, 0];
  for (const place of first) quarters[Math.floor(place / 32) * 2 + Math.floor((place % 8) / 4)]++;
  expect(Math.min(...quarters)).toBeGreaterThanOrEqual(3);
  // The sequence begins at 1/2, 1/3; 1/4, 2/3; 3/4, 1/9.
  expect([ranks[2 * 8 + 4], ranks[5 * 8 + 2], ranks[0 * 8 + 6]]).toEqual([0, 1, 2]);
});
