/** What is looked at of a model under training, beside numbers: pictures that it draws, and answers that it gives. */
import type { Example } from "../data/example.js";
import { contactSheet } from "../images/captions-node.js";
import type { SheetCell } from "../images/sheet.js";
import type { Picture } from "../tasks/grid.js";
import type { ImagineRequest } from "../tasks/imagine.js";
import { OptionError } from "../tasks/options.js";
import type { Tasks } from "../tasks/tasks.js";
import { withReasoning } from "../tokens/reasoning.js";
import type { SampleAnswer, Validation } from "./stage.js";

type Samples = Pick<Validation, "pictures" | "answers">;

/** Steps of pictures and answers; reasoning takes as many as the model's settings say. */
const STEPS = 12;
/** So that looking takes no more memory than the steps of training around it. */
const DRAWN_AT_ONCE = 4;

/**
 * The first pictures and answers of the fixed examples, drawn and given by the model; what it has no room for is not drawn.
 * @throws the signal's reason when it is aborted
 */
export async function drawSamples(
  tasks: Tasks,
  examples: readonly Example[],
  count: number,
  signal?: AbortSignal,
): Promise<Samples> {
  const drawn = examples.filter(({ task }) => task === "t2i" || task === "r2i").slice(0, count);
  const asked = examples.filter(({ task }) => task === "mmu" || task === "lm_chat").slice(0, count);
  const requests = drawn.map((example, seed) => {
    const request = { prompt: promptOf(example), seed, steps: STEPS };
    return example.task === "r2i" ? { ...request, thinking: true } : request;
  });
  const cells: SheetCell[] = [];
  for (const [i, picture] of (await draw(tasks, requests, signal)).entries())
    if (!(picture instanceof OptionError)) cells.push({ image: picture.image, caption: requests[i].prompt });
  const answers: SampleAnswer[] = [];
  for (const [seed, example] of asked.entries()) {
    const { text, reasoning } = await ask(tasks, example, seed, signal);
    answers.push(sampleAnswer(example, withReasoning(text, reasoning)));
  }
  return showSamples(cells, answers);
}

/** Samples as they are looked at: pictures on one sheet, where there are any. */
export async function showSamples(cells: readonly SheetCell[], answers: readonly SampleAnswer[]): Promise<Samples> {
  if (cells.length === 0) return { pictures: {}, answers };
  return { pictures: { drawn: await contactSheet(cells, { columns: 4, cellSize: 128 }) }, answers };
}

export function promptOf({ messages }: Example): string {
  return messages.at(-1)?.content ?? "";
}

/** An answer to an example, beside what was expected. */
export function sampleAnswer(example: Example, answer: string): SampleAnswer {
  return { question: promptOf(example), expected: withReasoning(example.answer ?? "", example.reasoning), answer };
}

/** Pictures drawn a few at a time, or where one of their prompts does not fit each by itself. */
async function draw(
  tasks: Tasks,
  requests: readonly ImagineRequest[],
  signal?: AbortSignal,
): Promise<readonly (Picture | OptionError)[]> {
  const pictures: (Picture | OptionError)[] = [];
  for (let start = 0; start < requests.length; start += DRAWN_AT_ONCE) {
    const some = requests.slice(start, start + DRAWN_AT_ONCE);
    const together = await fitting(tasks.imagineAll(some, { signal }));
    if (!(together instanceof OptionError)) pictures.push(...together);
    else
      for (const { prompt, ...options } of some)
        pictures.push(await fitting(tasks.imagine(prompt, { ...options, signal })));
  }
  return pictures;
}

/** Asks as the example is: thought through first where it has reasoning. */
async function ask(
  tasks: Tasks,
  { messages, image, reasoning }: Example,
  seed: number,
  signal?: AbortSignal,
): Promise<{ text: string; reasoning?: string }> {
  const options = { seed, signal, ...(reasoning === undefined ? { steps: STEPS } : { thinking: true }) };
  const asked = image ? tasks.describe(await image.load(), messages, options) : tasks.answer(messages, options);
  const answer = await fitting(asked);
  return answer instanceof OptionError ? { text: `(not asked: ${answer.message})` } : answer;
}

/** A result, or why the model has no room for it (lengths in its `generation_config.json`), which is no reason to end a run. */
async function fitting<T>(generation: PromiseLike<T>): Promise<T | OptionError> {
  try {
    return await generation;
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
}
