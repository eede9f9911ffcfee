/** Questions about scenes, by kind, and about scenes with combinations of colour and shape that training never held. */
import type { Random } from "../array/random.js";
import { QUESTION_KINDS, type Question, type QuestionKind, question } from "../data/scenes/questions.js";
import { renderScene } from "../data/scenes/render.js";
import { type Combinations, generateScene, type Scene } from "../data/scenes/scene.js";
import { type Benchmark, type Section, SHARE_RIGHT, shareRow, type TextItem, thinkingFirst } from "./benchmark.js";
import { isShortAnswer } from "./short-answer.js";

const byKind = QUESTION_KINDS.map((kind) =>
  questionBenchmark(`questions/${kind}`, (rng) => askedScene(rng, "training", kind)),
);
const unseen = questionBenchmark("questions/unseen", (rng) => askedScene(rng, "held-out"));
const mixed = thinkingFirst(questionBenchmark("questions/mixed", (rng) => askedScene(rng, "training")));

/** As many questions of each kind, so the overall figure does not hang on how often the generator asks which. */
export const sceneQuestions: Section = {
  title: "Scene questions",
  benchmarks: [...byKind, unseen, mixed],
  rows: [
    {
      name: "questions/overall",
      title: "all kinds",
      of: byKind.map(({ name }) => name),
      measure: SHARE_RIGHT,
      wanted: 0.8,
    },
    ...QUESTION_KINDS.map((kind) => shareRow(`questions/${kind}`, kind)),
    shareRow("questions/unseen", "combinations never seen, all kinds"),
    shareRow("questions/mixed-thinking", "all kinds, thinking first"),
  ],
};

function questionBenchmark(name: string, draw: (rng: Random) => { scene: Scene; asked: Question }): Benchmark {
  return {
    name,
    task: "text",
    item(_, rng): TextItem {
      const { scene, asked } = draw(rng);
      return {
        question: asked.question,
        image: renderScene(scene),
        wanted: asked.shortAnswer,
        judge: (text) => ({ isRight: isShortAnswer(text, asked.shortAnswer) }),
      };
    },
  };
}

/** A scene and a question about it; scenes that allow none of the kind are drawn anew. */
function askedScene(rng: Random, combinations: Combinations, kind?: QuestionKind): { scene: Scene; asked: Question } {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const words = rng.fork(attempt);
    const scene = generateScene(words, { combinations });
    const asked = kind ? question(scene, words, { kind, combinations }) : question(scene, words, { combinations });
    if (asked) return { scene, asked };
  }
  throw new Error(`no scene of 1,000 allows a question of ${kind}: the rules of questions.ts are too narrow`);
}
