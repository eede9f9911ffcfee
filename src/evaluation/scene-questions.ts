/** Questions about scenes, by kind, in other words than training's, and about combinations of colour and shape that training never held. */
import type { Random } from "../array/random.js";
import { QUESTION_KINDS, type QuestionKind, question } from "../data/scenes/questions.js";
import { renderScene } from "../data/scenes/render.js";
import { type Combinations, generateScene, type Scene } from "../data/scenes/scene.js";
import { type Asked, itemOf } from "./asked.js";
import { type Benchmark, type Section, SHARE_RIGHT, shareRow, thinkingFirst } from "./benchmark.js";
import { questionInOtherWords } from "./other-words.js";

const byKind = QUESTION_KINDS.map((kind) =>
  questionBenchmark(`questions/${kind}`, (rng) => askedScene(rng, "training", kind)),
);
const unseen = questionBenchmark("questions/unseen", (rng) => askedScene(rng, "held-out"));
const otherWords = questionBenchmark("questions/other-words", (rng) =>
  drawnWith(rng, "training", questionInOtherWords),
);
const mixed = thinkingFirst(questionBenchmark("questions/mixed", (rng) => askedScene(rng, "training")));

/** As many questions of each kind, so the overall figure does not hang on how often the generator asks which. */
export const sceneQuestions: Section = {
  title: "Scene questions",
  benchmarks: [...byKind, unseen, otherWords, mixed],
  rows: [
    {
      name: "questions/overall",
      title: "all kinds",
      of: byKind.map(({ name }) => name),
      measure: SHARE_RIGHT,
      wanted: 0.92,
    },
    ...QUESTION_KINDS.map((kind) => shareRow(`questions/${kind}`, kind)),
    shareRow("questions/unseen", "combinations never seen, all kinds"),
    shareRow("questions/other-words", "all kinds, in words that training has not"),
    shareRow("questions/mixed-thinking", "all kinds, thinking first"),
  ],
};

function questionBenchmark(name: string, draw: (rng: Random) => { scene: Scene; asked: Asked }): Benchmark {
  return {
    name,
    task: "text",
    item(_, rng) {
      const { scene, asked } = draw(rng);
      return itemOf(asked, renderScene(scene));
    },
  };
}

/** A scene and a question of training's about it. */
function askedScene(rng: Random, combinations: Combinations, kind?: QuestionKind): { scene: Scene; asked: Asked } {
  return drawnWith(rng, combinations, (scene, words) => {
    const asked = kind ? question(scene, words, { kind, combinations }) : question(scene, words, { combinations });
    return asked && { question: asked.question, answer: asked.shortAnswer };
  });
}

/** A scene with what is asked about it; scenes that allow nothing of the kind are drawn anew. */
function drawnWith(
  rng: Random,
  combinations: Combinations,
  ask: (scene: Scene, rng: Random) => Asked | undefined,
): { scene: Scene; asked: Asked } {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const words = rng.fork(attempt);
    const scene = generateScene(words, { combinations });
    const asked = ask(scene, words);
    if (asked) return { scene, asked };
  }
  throw new Error("no scene of 1,000 allows a question of this kind: the rules of its questions are too narrow");
}
