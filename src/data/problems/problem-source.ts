/** Generated problems as training examples: questions with short answers, or plain text that states them. */
import { createRandom } from "../../array/random.js";
import type { Example, ExampleSource } from "../example.js";
import type { Split } from "../hash.js";
import { generateProblem, type ProblemKind } from "./problem.js";
import { workingOf } from "./trace.js";

/** Which problems are made. */
export interface ProblemSourceOptions {
  readonly seed: number | string;
  readonly kind: ProblemKind;
  /** Default `train`: no pair of operands that is held out. */
  readonly split?: Split;
  /** `lm_chat`: question and answer (the default). `lm`: the problem and its answer as one text. */
  readonly task?: "lm_chat" | "lm";
  /** Share of answers that are a sentence; the others are digits alone. Default 0.1. */
  readonly sentenceShare?: number;
  /** Share of answers that are reasoned, and so asked to be: the steps come first. Default 0. */
  readonly reasoningShare?: number;
  readonly name?: string;
}

/** Endlessly many problems; index i always gives the same one. */
export function problemExamples(options: ProblemSourceOptions): ExampleSource {
  const { seed, kind, split = "train", task = "lm_chat", sentenceShare = 0.1, reasoningShare = 0 } = options;
  const root = createRandom(seed).fork(`problems ${kind} ${split}`);
  return {
    name: options.name ?? `problems:${kind}:${task}`,
    length: Number.POSITIVE_INFINITY,
    async read(index): Promise<Example> {
      const rng = root.fork(index);
      const problem = generateProblem(rng, { kind, split });
      if (task === "lm") return { task, messages: [], answer: problem.statement };
      const answer = rng.uniform() < sentenceShare ? problem.sentence : String(problem.answer);
      const isReasoned = rng.fork("reasoning").uniform() < reasoningShare;
      const reasoning = isReasoned ? { reasoning: workingOf(problem.steps) } : {};
      return { task, messages: [{ role: "user", content: problem.text }], ...reasoning, answer };
    },
  };
}
