/** Generated problems as training examples: questions with short answers, or plain text that states them. */
import { choose, createRandom, integer, integerBetween, type Random } from "../../array/random.js";
import type { Example, ExampleSource } from "../example.js";
import type { Split } from "../hash.js";
import { reworded } from "../rewording/rewording.js";
import type { Step } from "./arithmetic.js";
import { generateProblem, PROBLEM_KINDS, type Problem, type ProblemKind } from "./problem.js";
import { canBeRetold, retold } from "./retold.js";
import { generateTale } from "./tales.js";
import { workingBefore, workingOf } from "./trace.js";

/** Kinds of problems, and `tale`: of several steps too, but told in other ways (`tales.ts`). */
export type ProblemSourceKind = ProblemKind | "tale";

export const PROBLEM_SOURCE_KINDS = [...PROBLEM_KINDS, "tale"] as const satisfies readonly ProblemSourceKind[];

/** Which problems are made. */
export interface ProblemSourceOptions {
  readonly seed: number | string;
  readonly kind: ProblemSourceKind;
  /** Default `train`: no pair of operands that is held out. */
  readonly split?: Split;
  /** `lm_chat`: question and answer (the default). `lm`: the problem and its answer as one text, or if reasoned steps as equations. */
  readonly task?: "lm_chat" | "lm";
  /** Of reasoned `lm`: the most equations in a row, of as many problems. Default 1. */
  readonly maxEquations?: number;
  /** Share of answers that are a sentence; the others are digits alone. Default 0.1. */
  readonly sentenceShare?: number;
  /** Share of answers that are reasoned, and so asked to be: the steps come first. Default 0. */
  readonly reasoningShare?: number;
  /** Share of problems that are said in other words than the templates'. Default 0. */
  readonly rewordedShare?: number;
  /** Share of reasoned answers whose reasoning is given up to the result of one of its steps. Default 0. */
  readonly resumedShare?: number;
  readonly name?: string;
}

/** Endlessly many problems; index i always gives the same one. */
export function problemExamples(options: ProblemSourceOptions): ExampleSource {
  const {
    seed,
    kind,
    split = "train",
    task = "lm_chat",
    sentenceShare = 0.1,
    reasoningShare = 0,
    resumedShare = 0,
    rewordedShare = 0,
    maxEquations = 1,
  } = options;
  const root = createRandom(seed).fork(`problems ${kind} ${split}`);
  return {
    name: options.name ?? `problems:${kind}:${task}`,
    length: Number.POSITIVE_INFINITY,
    async read(index): Promise<Example> {
      const rng = root.fork(index);
      const problem = drawProblem(rng, kind, split);
      const isReasoned = rng.fork("reasoning").uniform() < reasoningShare;
      const resumed = rng.fork("resumed");
      const isResumed = isReasoned && resumed.uniform() < resumedShare;
      const goingOn = (steps: readonly Step[]) =>
        isResumed ? { given: workingBefore(steps, integer(resumed, steps.length)) } : {};
      if (task === "lm") {
        if (!isReasoned) return { task, messages: [], answer: problem.statement };
        const equations = drawEquations(rng.fork("equations"), kind, split, maxEquations);
        return { task, messages: [], answer: workingOf(equations), ...goingOn(equations) };
      }
      const answer = rng.uniform() < sentenceShare ? problem.sentence : String(problem.answer);
      const rewording = rng.fork("rewording");
      const isReworded = rewording.uniform() < rewordedShare;
      // A sentence names who the story is about, so that another story would not do.
      const isRetellable = kind === "one-step" && answer !== problem.sentence && canBeRetold(problem.steps[0]);
      const isRetold = isReworded && isRetellable && rewording.uniform() < 0.7;
      const otherwise = () => (isRetold ? retold(problem.steps[0], rewording) : reworded(problem.text, rewording));
      const content = isReworded ? otherwise() : problem.text;
      return {
        ...{ task, messages: [{ role: "user", content }], answer },
        ...(isReasoned ? { reasoning: workingOf(problem.steps) } : {}),
        ...goingOn(problem.steps),
      };
    },
  };
}

function drawProblem(rng: Random, kind: ProblemSourceKind, split: Split): Problem {
  return kind === "tale" ? generateTale(rng, split) : generateProblem(rng, { kind, split });
}

/** One to `max` steps that have nothing to do with each other, each of a problem of its own. */
function drawEquations(rng: Random, kind: ProblemSourceKind, split: Split, max: number): Step[] {
  return Array.from({ length: integerBetween(rng, 1, max) }, (_, i) =>
    choose(rng, drawProblem(rng.fork(i), kind, split).steps),
  );
}
