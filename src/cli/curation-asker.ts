/** Who is asked for traces: a model that is loaded here, or an endpoint. */
import { askEndpoint } from "../data/chat-endpoint.js";
import type { Example } from "../data/example.js";
import { type LoadOptions, MMaDA } from "../tasks/model.js";
import { askToThink } from "../tokens/chat-template.js";
import { withReasoning } from "../tokens/reasoning.js";
import { runTogether } from "./together.js";

export interface AskerOptions {
  readonly model: string;
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly endpoint?: string;
  readonly endpointModel?: string;
  readonly apiKeyEnv: string;
  readonly temperature: number;
  /** Tokens for reasoning and answer; left out, as the model has it, within the room that it has. An endpoint must be told. */
  readonly genLength?: number;
  readonly seed: number;
}

/** An attempt to be made at a question. */
export interface Question {
  readonly example: Example;
  readonly index: number;
  readonly sample: number;
}

/** Who is asked: the answers, with their reasoning in marks, in the order of the questions. One that fails takes no others with it. */
export interface Asker {
  ask(questions: readonly Question[]): Promise<PromiseSettledResult<string>[]>;
  dispose(): Promise<void>;
}

/**
 * @param onProgress told of a model's download
 * @throws what loading the model throws
 */
export async function openAsker(
  options: AskerOptions,
  signal: AbortSignal,
  onProgress?: LoadOptions["onProgress"],
): Promise<Asker> {
  const { endpoint, endpointModel, temperature, genLength } = options;
  const seedOf = ({ sample }: Question) => options.seed + sample;
  if (endpoint !== undefined && endpointModel !== undefined) {
    const apiKey = process.env[options.apiKeyEnv];
    const settings = { url: endpoint, model: endpointModel, apiKey, temperature, maxTokens: genLength };
    return {
      ask: (questions) =>
        Promise.allSettled(
          questions.map(async (question) => {
            const image = await question.example.image?.load();
            return askEndpoint(settings, askToThink(question.example.messages), {
              image,
              seed: seedOf(question),
              signal,
            });
          }),
        ),
      dispose: async () => {},
    };
  }
  const model = await MMaDA.fromPretrained(options.model, { device: options.device, signal, onProgress });
  const common = { thinking: true, genLength, temperature } as const;
  const answer = async (questions: readonly Question[]) => {
    const requests = questions.map((question) => ({
      messages: question.example.messages,
      seed: seedOf(question),
      ...common,
    }));
    return model.answerAll(requests, { signal });
  };
  const describe = async (questions: readonly Question[]) => {
    const requests = await Promise.all(
      questions.map(async (question) => ({
        image: await question.example.image!.load(),
        question: question.example.messages,
        seed: seedOf(question),
        ...common,
      })),
    );
    return model.describeAll(requests, { signal });
  };
  return {
    async ask(questions) {
      const texts = questions.filter(({ example }) => !example.image);
      const pictures = questions.filter(({ example }) => example.image);
      const outcomes = new Map([
        ...(await settleAll(texts, answer, signal)),
        ...(await settleAll(pictures, describe, signal)),
      ]);
      return questions.map((question) => outcomes.get(question) as PromiseSettledResult<string>);
    },
    dispose: () => model.dispose(),
  };
}

/** What comes of each question. @throws the signal's reason when it is aborted */
async function settleAll(
  questions: readonly Question[],
  ask: (questions: readonly Question[]) => Promise<readonly { text: string; reasoning?: string }[]>,
  signal: AbortSignal,
): Promise<Map<Question, PromiseSettledResult<string>>> {
  const outcomes = new Map<Question, PromiseSettledResult<string>>();
  const settle = (together: readonly Question[], outcome: PromiseSettledResult<readonly string[]>) => {
    for (const [i, question] of together.entries())
      outcomes.set(question, outcome.status === "rejected" ? outcome : { ...outcome, value: outcome.value[i] });
  };
  const answer = async (together: readonly Question[]) =>
    (await ask(together)).map(({ text, reasoning }) => withReasoning(text, reasoning));
  await runTogether(questions, answer, settle, signal);
  return outcomes;
}
