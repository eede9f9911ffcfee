/**
 * Requests of every task, as unlike each other as they come: lengths, steps, temperatures, guidance, seeds. For tests that ask for them
 * together and one by one, in Node and in browsers.
 */
import { blankImage, type Image } from "../src/images/image.js";
import type { AnswerRequest } from "../src/tasks/answer.js";
import type { DescribeRequest } from "../src/tasks/describe.js";
import type { PictureEditRequest, TextEditRequest } from "../src/tasks/edit.js";
import type { Generation } from "../src/tasks/generation.js";
import type { ImagineRequest } from "../src/tasks/imagine.js";
import type { StepInfo } from "../src/tasks/job.js";
import type { CallOptions } from "../src/tasks/options.js";
import type { Tasks } from "../src/tasks/tasks.js";

/** A square of one colour on light ground. */
export function squarePicture(
  side: number,
  color: readonly [number, number, number],
  left: number,
  top: number,
): Image {
  const image = blankImage(side, side, [230, 235, 240]);
  for (let y = top; y < top + side / 3; y++) {
    for (let x = left; x < left + side / 3; x++) image.data.set(color, (y * side + x) * 3);
  }
  return image;
}

const red = squarePicture(64, [220, 40, 40], 8, 30);
const blue = squarePicture(96, [50, 80, 220], 40, 12);

const answers: AnswerRequest[] = [
  { messages: "What is 17 plus 25?", genLength: 16, steps: 4 },
  { messages: "Hi", genLength: 7, steps: 7, temperature: 0.8, guidanceScale: 1.5, seed: 3 },
  {
    messages: [
      { role: "system", content: "You answer in full sentences, and say how you came to the number." },
      {
        role: "user",
        content: "Ann has 14 pens. She buys 3 bags of 6 pens and gives 5 pens to Leo. How many has she?",
      },
      { role: "assistant", content: "Ann has 27 pens." },
      { role: "user", content: "And Leo, who had none?" },
    ],
    genLength: 24,
    blockLength: 8,
    steps: 6,
    remasking: "margin",
    guidanceScale: 0.7,
  },
  { messages: "Compute 8 times 7.", genLength: 20, confidenceThreshold: 0.2, temperature: 0.3, seed: -1 },
  {
    messages: "What is 3 plus 4?",
    thinking: true,
    thinkingLength: 10,
    genLength: 6,
    steps: 3,
    temperature: 0.5,
    seed: 11,
  },
  { messages: "12 - 5 = ?", genLength: 9, steps: 3, remasking: "random", temperature: 1, seed: 5 },
  {
    messages: "17 + 25 = ?",
    genLength: 11,
    steps: 5,
    remasking: "entropy",
    maskSchedule: "cosine",
    choiceTemperature: 0.5,
  },
];

const descriptions: DescribeRequest[] = [
  { image: red, genLength: 12, steps: 4 },
  { image: blue, question: "What color is the square?", genLength: 5, steps: 5, guidanceScale: 2 },
  {
    image: blue,
    question: "How many objects are there, and of what shapes are they?",
    fit: "pad",
    genLength: 9,
    steps: 3,
    temperature: 1,
    seed: 8,
  },
];

const drawings: ImagineRequest[] = [
  { prompt: "a red circle", steps: 4 },
  {
    prompt: "a small blue star to the left of a large yellow square, on light ground",
    steps: 6,
    guidanceScale: 0,
    seed: 1,
  },
  { prompt: "a green square", thinking: true, thinkingLength: 8, steps: 2, seed: 12 },
  { prompt: "", steps: 3, choiceTemperature: 0, choiceAnnealing: "compound", seed: 2 },
  {
    prompt: "three pink triangles",
    steps: 5,
    temperature: 0,
    guidanceScale: 3.5,
    remasking: "margin",
    maskSchedule: "even",
  },
];

const textEdits: TextEditRequest[] = [
  { text: "a [[1]] circle and a [[2]] square" },
  { text: "17 plus 25 is [[3]].", prompt: "What is 17 plus 25?", guidanceScale: 1, temperature: 0.5, seed: 4 },
  { text: ["There are", { gap: 1 }, " red stars to the left of the", { gap: 4 }], temperature: 1, steps: 2, seed: 9 },
];

const pictureEdits: PictureEditRequest[] = [
  { image: red, region: { left: 0, top: 0, width: 30, height: 20 }, prompt: "a green star", steps: 4 },
  { image: blue, region: { left: 40, top: 12, width: 40, height: 40 }, steps: 3, seed: 6 },
  { image: red, extend: "right", prompt: "a red square", guidanceScale: 0, steps: 5, seed: 7 },
  { image: blue, extend: "top", by: 0.25, temperature: 0, choiceTemperature: 0, steps: 2 },
];

/** What is asked of a task: many at once, or each alone. */
export interface Asking {
  together(tasks: Tasks, options?: CallOptions): Generation<readonly object[], readonly StepInfo[]>;
  alone(tasks: Tasks): Generation<object, StepInfo>[];
}

/** A result, and how sure the network was of what it revealed at each step: numbers that show the last bit of what it computed. */
export interface Traced {
  readonly result: object;
  readonly confidences: (readonly number[])[];
}

/** Asks for everything in one batch. */
export async function askTogether({ together }: Asking, tasks: Tasks): Promise<Traced[]> {
  const call = together(tasks);
  const traces: (readonly number[])[][] = [];
  for await (const states of call) {
    states.forEach(({ step, confidences }, i) => {
      traces[i] ??= [];
      if (step > 0) traces[i][step - 1] = confidences;
    });
  }
  return (await call).map((result, i) => ({ result, confidences: traces[i] }));
}

/** Asks for everything in calls of its own, all at the same time. */
export function askAlone({ alone }: Asking, tasks: Tasks): Promise<Traced[]> {
  return Promise.all(
    alone(tasks).map(async (call) => {
      const confidences: (readonly number[])[] = [];
      for await (const { confidences: ofStep } of call) confidences.push(ofStep);
      return { result: await call, confidences };
    }),
  );
}

/** A few requests of a step or two, for devices that are computed on the CPU. */
const fewAnswers: AnswerRequest[] = [
  { messages: "17 + 25 = ?", genLength: 4, steps: 2 },
  {
    messages: "What is 3 plus 4, and what is that times 2?",
    genLength: 9,
    steps: 1,
    temperature: 1,
    guidanceScale: 1,
    seed: 1,
  },
];
const fewDrawings: ImagineRequest[] = [
  { prompt: "a red circle", steps: 1 },
  { prompt: "two small blue stars to the left of a large square", steps: 1, guidanceScale: 0, seed: 1 },
];

export const fewAskings: Readonly<Record<string, Asking>> = {
  answer: {
    together: (tasks, options) => tasks.answerAll(fewAnswers, options),
    alone: (tasks) => fewAnswers.map(({ messages, ...options }) => tasks.answer(messages, options)),
  },
  imagine: {
    together: (tasks, options) => tasks.imagineAll(fewDrawings, options),
    alone: (tasks) => fewDrawings.map(({ prompt, ...options }) => tasks.imagine(prompt, options)),
  },
};

/** Every task by name. */
export const askings: Readonly<Record<string, Asking>> = {
  answer: {
    together: (tasks, options) => tasks.answerAll(answers, options),
    alone: (tasks) => answers.map(({ messages, ...options }) => tasks.answer(messages, options)),
  },
  describe: {
    together: (tasks, options) => tasks.describeAll(descriptions, options),
    alone: (tasks) => descriptions.map(({ image, question, ...options }) => tasks.describe(image, question, options)),
  },
  imagine: {
    together: (tasks, options) => tasks.imagineAll(drawings, options),
    alone: (tasks) => drawings.map(({ prompt, ...options }) => tasks.imagine(prompt, options)),
  },
  "edit a text": {
    together: (tasks, options) => tasks.editAll(textEdits, options),
    alone: (tasks) => textEdits.map((request) => tasks.edit(request)),
  },
  "edit a picture": {
    together: (tasks, options) => tasks.editAll(pictureEdits, options),
    alone: (tasks) => pictureEdits.map((request) => tasks.edit(request)),
  },
};
