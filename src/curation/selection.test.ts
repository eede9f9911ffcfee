import { describe, expect, test } from "vitest";
import { createNearDuplicateFilter } from "./near-duplicates.js";
import { type Attempt, selectTraces } from "./selection.js";

const OPTIONS = { maxPerQuestion: 1, maxSimilarity: 0.8, maxImbalance: Number.POSITIVE_INFINITY };
const TRACES = [
  "first add seven and eight to get fifteen then take away four which leaves eleven pens",
  "there are three boxes of six so eighteen coins and two more makes twenty in all",
  "half of ninety is forty five and one third of that is fifteen exactly as was asked",
];

function attempt(index: number, sample: number, rest: Partial<Attempt> = {}): Attempt {
  return { index, sample, task: "lm_chat", isRight: true, reasoning: TRACES[index % 3], answer: "1", ...rest };
}

describe("selectTraces", () => {
  test("keeps what is right and reasoned, once, and says what became of the rest", () => {
    const { kept, reports } = selectTraces(
      [
        attempt(0, 0, { isRight: false }),
        attempt(0, 1),
        attempt(0, 2, { reasoning: `${TRACES[0].toUpperCase()}  ` }),
        attempt(4, 0, { reasoning: TRACES[0].replace("pens", "cups") }),
        attempt(1, 1),
        attempt(2, 0, { reasoning: undefined }),
        attempt(2, 1, { reasoning: " " }),
        attempt(3, 0, { isRight: false }),
        attempt(3, 1, { answer: "hm</think>4" }),
        attempt(3, 2, { reasoning: "<think>1 + 3 = 4." }),
      ],
      OPTIONS,
    );
    expect(kept.map(({ index, sample }) => [index, sample])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(reports.lm_chat).toEqual({
      ...{ numQuestions: 5, numSolved: 5, numAttempts: 10, numRight: 8, numUnreasoned: 2 },
      ...{ numMalformed: 2, numDuplicates: 1, numNearDuplicates: 1, numSurplus: 0, numKept: 2 },
    });
  });

  test("takes the shorter of several, and balances tasks", () => {
    const long = attempt(0, 0, { reasoning: `${TRACES[0]} ${TRACES[1]}` });
    expect(selectTraces([long, attempt(0, 1)], OPTIONS).kept).toEqual([attempt(0, 1)]);
    const words = (index: number) => Array.from({ length: 12 }, (_, i) => `word${index}x${i}`).join(" ");
    const many = Array.from({ length: 10 }, (_, i) => attempt(i, 0, { reasoning: words(i) }));
    const few = [10, 11].map((i) => attempt(i, 0, { task: "mmu", reasoning: words(i) }));
    const { kept, reports } = selectTraces([...many, ...few], { ...OPTIONS, maxImbalance: 2 });
    expect(kept.filter(({ task }) => task === "lm_chat").map(({ index }) => index)).toEqual([0, 2, 5, 7]);
    expect(reports.lm_chat).toMatchObject({ numSurplus: 6, numKept: 4 });
    expect(reports.mmu).toMatchObject({ numSurplus: 0, numKept: 2 });
    expect(selectTraces([], OPTIONS)).toEqual({ kept: [], reports: {} });
  });
});

test("near-duplicates share their runs of words; other numbers make another trace", () => {
  const filter = createNearDuplicateFilter(0.8);
  expect(filter.add(TRACES[0])).toBe(true);
  expect(filter.add(TRACES[0].replace("first add", "First, add"))).toBe(false);
  expect(filter.add(TRACES[1])).toBe(true);
  expect(filter.add("3 × 6 = 18. 14 + 18 = 32.")).toBe(true);
  expect(filter.add("3 × 7 = 21. 14 + 21 = 35.")).toBe(true);
  expect(filter.add("")).toBe(true);
  expect(filter.add("")).toBe(false);
  expect(() => createNearDuplicateFilter(0)).toThrow("(0, 1]");
});
