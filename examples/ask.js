// Ask the bundled model a question, then one with settings of its own. Run it: node examples/ask.js
import { MMaDA } from "mmada";

const model = await MMaDA.fromPretrained("models/mini");

const { text } = await model.answer("What is 17 plus 25?");
console.log(`17 plus 25: ${text}`);

// A conversation is a list of messages that ends with a question; the bundled model has learnt to answer single ones.
const answer = await model.answer(
  [{ role: "user", content: "Tom has 5 apples and buys 3 more. How many apples does Tom have?" }],
  { genLength: 16, blockLength: 16, steps: 8 },
);
console.log(`5 plus 3: ${answer.text} (${answer.nfe} evaluations of the network)`);

await model.dispose();
