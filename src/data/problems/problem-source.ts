/** Generated problems as training examples: questions with short answers, or plain text that states them. */
import { createRandom, integer } from "../../array/random.js";
import type { Example, ExampleSource } from "../example.js";
import type { Split } from "../hash.js";
import { generateProblem, type ProblemKind } from "./problem.js";
import { workingBefore, workingOf } from "./trace.js";

/** Which problems are made. */
export interface ProblemSourceOptions {
  readonly seed: number | string;
  readonly kind: ProblemKind;
  /** Default `train`: no pair of operands that is held out. */
  readonly split?: Split;
  /** `lm_chat`: question and answer (the default). `lm`: the problem and its answer as one text, or if reasoned one step as an equation. */
  readonly task?: "lm_chat" | "lm";
  /** Share of answers that are a sentence; the others are digits alone. Default 0.1. */
  readonly sentenceShare?: number;
  /** Share of answers that are reasoned, and so asked to be: the steps come first. Default 0. */
  readonly reasoningShare?: number;
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
  } = options;
  const root = createRandom(seed).fork(`problems ${kind} ${split}`);
  return {
    name: options.name ?? `problems:${kind}:${task}`,
    length: Number.POSITIVE_INFINITY,
    async read(index): Promise<Example> {
      const rng = root.fork(index);
      const problem = generateProblem(rng, { kind, split });
      const { steps } = problem;
      const isReasoned = rng.fork("reasoning").uniform() < reasoningShare;
      const resumed = rng.fork("resumed");
      const isResumed = isReasoned && resumed.uniform() < resumedShare;
      const at = integer(resumed, steps.length);
      if (task === "lm") {
        const equation = [steps[at]];
        const given = isResumed ? { given: workingBefore(equation, 0) } : {};
        return { task, messages: [], answer: isReasoned ? workingOf(equation) : problem.statement, ...given };
      }
      const answer = rng.uniform() < sentenceShare ? problem.sentence : String(problem.answer);
      return {
        ...{ task, messages: [{ role: "user", content: problem.text }], answer },
        ...(isReasoned ? { reasoning: workingOf(steps) } : {}),
        ...(isResumed ? { given: workingBefore(steps, at) } : {}),
      };
    },
  };
}
