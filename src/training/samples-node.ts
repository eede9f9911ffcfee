/** What is looked at of a model under training, beside numbers: pictures that it draws, and answers that it gives. */
import type { Example } from "../data/example.js";
import { contactSheet } from "../images/captions-node.js";
import { OptionError } from "../tasks/options.js";
import type { Tasks } from "../tasks/tasks.js";
import { withReasoning } from "../tokens/reasoning.js";
import type { Validation } from "./stage.js";

/** The first pictures and answers of the fixed examples, drawn and given by the model. */
export async function drawSamples(
  tasks: Tasks,
  examples: readonly Example[],
  count: number,
  steps: number,
): Promise<Pick<Validation, "pictures" | "answers">> {
  const drawn = examples.filter(({ task }) => task === "t2i").slice(0, count);
  const asked = examples.filter(({ task }) => task === "mmu" || task === "lm_chat").slice(0, count);
  const promptOf = ({ messages }: Example) => messages.at(-1)?.content ?? "";
  const pictures = await tasks.imagineAll(drawn.map((example, seed) => ({ prompt: promptOf(example), seed, steps })));
  const cells = pictures.map(({ image }, i) => ({ image, caption: promptOf(drawn[i]) }));
  const answers: Validation["answers"][number][] = [];
  for (const [seed, example] of asked.entries()) {
    const { text, reasoning } = await ask(tasks, example, seed, steps);
    answers.push({
      question: promptOf(example),
      expected: withReasoning(example.answer ?? "", example.reasoning),
      answer: withReasoning(text, reasoning),
    });
  }
  if (cells.length === 0) return { pictures: {}, answers };
  return { pictures: { drawn: await contactSheet(cells, { columns: 4, cellSize: 128 }) }, answers };
}

/** Asks as the example is: thought through first where it has reasoning, and then in as many steps as the model's settings say. */
async function ask(
  tasks: Tasks,
  { messages, image, reasoning }: Example,
  seed: number,
  steps: number,
): Promise<{ text: string; reasoning?: string }> {
  const options = reasoning === undefined ? { seed, steps } : { seed, thinking: true };
  try {
    return await (image ? tasks.describe(await image.load(), messages, options) : tasks.answer(messages, options));
  } catch (error) {
    // A sample that does not fit the model (lengths in its `generation_config.json`) is no reason to end a run.
    if (error instanceof OptionError) return { text: `(not asked: ${error.message})` };
    throw error;
  }
}
