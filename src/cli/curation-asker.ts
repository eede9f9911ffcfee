/** Who is asked for traces: a model that is loaded here, or an endpoint. */
import { askEndpoint } from "../data/chat-endpoint.js";
import type { Example } from "../data/example.js";
import { MMaDA } from "../tasks/model.js";
import { askToThink } from "../tokens/chat-template.js";
import { withReasoning } from "../tokens/reasoning.js";

export interface AskerOptions {
  readonly model: string;
  readonly device: "auto" | "cpu" | "webgpu" | "cuda";
  readonly endpoint?: string;
  readonly endpointModel?: string;
  readonly apiKeyEnv: string;
  readonly temperature: number;
  readonly genLength: number;
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

/** @throws what loading the model throws */
export async function openAsker(options: AskerOptions, signal: AbortSignal): Promise<Asker> {
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
  const model = await MMaDA.fromPretrained(options.model, { device: options.device, signal });
  const common = { thinking: true, genLength, temperature } as const;
  return {
    async ask(questions) {
      const written = new Map<Question, string>();
      const keep = (asked: readonly Question[], answers: readonly { text: string; reasoning?: string }[]): void => {
        asked.forEach((question, i) => {
          const { text, reasoning } = answers[i];
          written.set(question, withReasoning(text, reasoning));
        });
      };
      const texts = questions.filter(({ example }) => !example.image);
      const pictures = questions.filter(({ example }) => example.image);
      const texting = texts.map((question) => ({
        messages: question.example.messages,
        seed: seedOf(question),
        ...common,
      }));
      if (texts.length > 0) keep(texts, await model.answerAll(texting, { signal }));
      const describing = await Promise.all(
        pictures.map(async (question) => ({
          image: await question.example.image!.load(),
          question: question.example.messages,
          seed: seedOf(question),
          ...common,
        })),
      );
      if (pictures.length > 0) keep(pictures, await model.describeAll(describing, { signal }));
      return questions.map((question) => ({ status: "fulfilled", value: written.get(question) as string }));
    },
    dispose: () => model.dispose(),
  };
}
