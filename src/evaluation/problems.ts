/**
 * Sums, one-step and multi-step word problems: with numbers whose pairs occur in training (in other words and stories), and with pairs of
 * operands that never stood together there. Those of several steps also with reasoning first.
 */
import type { Split } from "../data/hash.js";
import { generateProblem, PROBLEM_KINDS, type ProblemKind } from "../data/problems/problem.js";
import { itemOf } from "./asked.js";
import { type Benchmark, type Row, type Section, SHARE_RIGHT, shareRow, thinkingFirst } from "./benchmark.js";
import { problemInOtherWords } from "./other-words.js";

const TITLES: Readonly<Record<ProblemKind, string>> = {
  sum: "sums",
  "one-step": "one-step problems",
  "multi-step": "multi-step problems",
};

/** The two splits, and how the names and titles of their rows end. */
const SPLITS = [
  { split: "train", name: "", title: "" },
  { split: "heldOut", name: "-unseen", title: ", pairs never seen" },
] as const;

export const problems: Section = {
  title: "Sums and problems",
  benchmarks: [
    ...SPLITS.flatMap(({ split, name }) =>
      PROBLEM_KINDS.map((kind) => problemBenchmark(`problems/${kind}${name}`, kind, split)),
    ),
    { name: "problems/other-words", task: "text", item: (_, rng) => itemOf(problemInOtherWords(rng)) },
    ...SPLITS.map(({ split, name }) =>
      thinkingFirst(problemBenchmark(`problems/multi-step${name}`, "multi-step", split)),
    ),
  ],
  rows: [
    ...SPLITS.flatMap(({ name, title }): Row[] => [
      {
        name: `problems/single${name}`,
        title: `sums and one-step problems${title}`,
        of: [`problems/sum${name}`, `problems/one-step${name}`],
        measure: SHARE_RIGHT,
        wanted: 0.8,
      },
      ...PROBLEM_KINDS.map((kind) => shareRow(`problems/${kind}${name}`, TITLES[kind] + title)),
    ]),
    shareRow("problems/other-words", "one-step problems, in words that training has not"),
    ...SPLITS.map(({ name, title }) => ({
      ...shareRow(`problems/multi-step${name}-thinking`, `${TITLES["multi-step"]}${title}, thinking first`),
      wanted: 0.7,
    })),
  ],
};

function problemBenchmark(name: string, kind: ProblemKind, split: Split): Benchmark {
  return {
    name,
    task: "text",
    item(_, rng) {
      const { text, answer } = generateProblem(rng, { kind, split });
      return itemOf({ question: text, answer: String(answer) });
    },
  };
}
