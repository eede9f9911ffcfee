/**
 * Sums, one-step and multi-step word problems: with numbers whose pairs occur in training (in other words and stories), and with pairs of
 * operands that never stood together there.
 */
import type { Split } from "../data/hash.js";
import { generateProblem, PROBLEM_KINDS, type ProblemKind } from "../data/problems/problem.js";
import { type Benchmark, type Row, type Section, SHARE_RIGHT, type TextItem } from "./benchmark.js";
import { isShortAnswer } from "./short-answer.js";

const TITLES: Readonly<Record<ProblemKind, string>> = {
  sum: "sums",
  "one-step": "one-step problems",
  "multi-step": "multi-step problems",
};

/** The two splits, and how their rows end. */
const SPLITS = [
  { split: "train", name: "", title: "" },
  { split: "heldOut", name: "-unseen", title: ", pairs never seen" },
] as const;

/** How problems are asked. Another way of asking (with reasoning, say) is another entry. */
export interface Asking {
  /** After the names of its benchmarks and rows. */
  readonly suffix: string;
  readonly title: string;
  readonly options?: TextItem["options"];
}

const PLAINLY: Asking = { suffix: "", title: "" };

export const problems: Section = problemSection([PLAINLY]);

/** The section for some ways of asking. */
export function problemSection(ways: readonly Asking[]): Section {
  const parts = ways.flatMap((asking) =>
    SPLITS.map(({ split, name, title }) => ({
      asking,
      split,
      name: name + asking.suffix,
      title: title + asking.title,
    })),
  );
  return {
    title: "Sums and problems",
    benchmarks: parts.flatMap(({ asking, split, name }) =>
      PROBLEM_KINDS.map((kind) => problemBenchmark(`problems/${kind}${name}`, kind, split, asking)),
    ),
    rows: parts.flatMap(({ name, title }): Row[] => {
      const row = (rowName: string, kinds: readonly ProblemKind[], rowTitle: string, wanted?: number): Row => ({
        name: `problems/${rowName}${name}`,
        title: rowTitle + title,
        of: kinds.map((kind) => `problems/${kind}${name}`),
        measure: SHARE_RIGHT,
        wanted,
      });
      return [
        row("single", ["sum", "one-step"], "sums and one-step problems", 0.8),
        ...PROBLEM_KINDS.map((kind) => row(kind, [kind], TITLES[kind])),
      ];
    }),
  };
}

function problemBenchmark(name: string, kind: ProblemKind, split: Split, { options }: Asking): Benchmark {
  return {
    name,
    task: "text",
    item(_, rng): TextItem {
      const { text, answer } = generateProblem(rng, { kind, split });
      const wanted = String(answer);
      return { question: text, options, wanted, judge: (given) => ({ isRight: isShortAnswer(given, wanted) }) };
    },
  };
}
