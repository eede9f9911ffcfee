/**
 * Sums, one-step and multi-step word problems: with numbers whose pairs occur in training (in other words and stories), and with pairs of
 * operands that never stood together there. Those of several steps also with reasoning first.
 */
import type { Random } from "../array/random.js";
import type { Split } from "../data/hash.js";
import type { Operation } from "../data/problems/arithmetic.js";
import { generateProblem, PROBLEM_KINDS, type ProblemKind } from "../data/problems/problem.js";
import { type Asked, itemOf } from "./asked.js";
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

/**
 * What pairs that were never seen ask for: to carry and borrow, which digits tell, or facts of the tables up to 12 times 12, which nothing
 * but having seen them does.
 */
const UNSEEN_OPERATIONS: readonly { name: string; title: string; operations: readonly Operation[] }[] = [
  { name: "additive", title: "sums and differences", operations: ["add", "subtract"] },
  { name: "tables", title: "products and quotients", operations: ["multiply", "divide"] },
];

export const problems: Section = {
  title: "Sums and problems",
  benchmarks: [
    ...SPLITS.flatMap(({ split, name }) =>
      PROBLEM_KINDS.map((kind) => problemBenchmark(`problems/${kind}${name}`, kind, split)),
    ),
    ...UNSEEN_OPERATIONS.map(
      ({ name, operations }): Benchmark => ({
        name: `problems/${name}-unseen`,
        task: "text",
        item: (_, rng) => itemOf(sumWith(operations, rng)),
      }),
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
    ...UNSEEN_OPERATIONS.map(({ name, title }) => shareRow(`problems/${name}-unseen`, `${title}, pairs never seen`)),
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

/** A sum of one of these operations, its pair never seen. */
function sumWith(operations: readonly Operation[], rng: Random): Asked {
  for (let attempt = 0; ; attempt++) {
    const { text, answer, steps } = generateProblem(rng.fork(attempt), { kind: "sum", split: "heldOut" });
    if (operations.includes(steps[0].operation)) return { question: text, answer: String(answer) };
  }
}
