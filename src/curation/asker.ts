/** Who is asked for traces: a model that is loaded here, or an endpoint. */
import type { Example } from "../data/example.js";
import { MMaDA } from "../tasks/model.js";
import { runTogether } from "../tasks/together.js";
import { askToThink } from "../tokens/chat-template.js";
import { withReasoning } from "../tokens/reasoning.js";
import { askEndpoint } from "./chat-endpoint.js";
import type { CurationSettings } from "./options.js";

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
export async function openAsker(settings: CurationSettings, signal: AbortSignal): Promise<Asker> {
  const { endpoint, apiKey, temperature, genLength, device, onProgress } = settings;
  const seedOf = ({ sample }: Question) => settings.seed + sample;
  if (endpoint !== undefined) {
    const address = { url: endpoint, model: settings.model, apiKey, temperature, maxTokens: genLength };
    return {
      ask: (questions) =>
        Promise.allSettled(
          questions.map(async (question) => {
            const image = await question.example.image?.load();
            return askEndpoint(address, askToThink(question.example.messages), {
              image,
              seed: seedOf(question),
              signal,
            });
          }),
        ),
      dispose: async () => {},
    };
  }
  const model = await MMaDA.fromPretrained(settings.model, { device, signal, onProgress });
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
