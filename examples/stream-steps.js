// Watch an answer come about: an answer is a canvas of masks (░), filled where the model is surest. Run it: node examples/stream-steps.js
import { MMaDA } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");
const generation = model.answer("Ann has 12 marbles and gives 5 to Ben. How many marbles does Ann have left?", {
  genLength: 16,
  blockLength: 16,
  steps: 8,
});

for await (const { step, numSteps, text, revealed } of generation) {
  console.log(`${step}/${numSteps}  ${text}  (places ${revealed.join(", ")})`);
}

// The same generation can be awaited as well: it is not done again.
const { text, finishReason } = await generation;
console.log(`Answer: ${text} (${finishReason})`);

await model.dispose();
