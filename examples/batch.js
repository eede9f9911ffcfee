// Many requests at once are faster than one after another, and each gets exactly what it gets alone. Run it: node examples/batch.js
import { MMaDA } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");

const questions = [
  "What is 3 plus 4?",
  "Anna has 6 pens and loses 2. How many pens does Anna have?",
  "What is 9 minus 5?",
];
const requests = questions.map((messages, seed) => ({ messages, seed, temperature: 0.5, genLength: 16, steps: 8 }));

const answers = await model.answerAll(requests);
for (const [i, { text }] of answers.entries()) console.log(`${questions[i]} ${text}`);

const [, { messages, ...options }] = requests;
const alone = await model.answer(messages, options);
console.log(`Alone it is the same: ${alone.text === answers[1].text}`);

// Pictures likewise; a signal ends a call between two steps.
const prompts = ["a red circle", "two green stars"].map((prompt) => ({ prompt, steps: 8 }));
const pictures = await model.imagineAll(prompts, { signal: AbortSignal.timeout(60_000) });
console.log(`${pictures.length} pictures of ${pictures[0].image.width}×${pictures[0].image.height} pixels`);

await model.dispose();
