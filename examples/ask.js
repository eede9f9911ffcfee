// Ask the bundled model a question, then a conversation. Run it: node examples/ask.js
import { MMaDA } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");

const { text } = await model.answer("What is 17 plus 25?");
console.log(`17 plus 25: ${text}`);

const answer = await model.answer(
  [
    { role: "user", content: "Tom has 5 apples and buys 3 more. How many apples does Tom have?" },
    { role: "assistant", content: "8" },
    { role: "user", content: "What is 8 minus 2?" },
  ],
  { genLength: 16, steps: 8 },
);
console.log(`8 minus 2: ${answer.text} (${answer.nfe} evaluations of the network)`);

await model.dispose();
