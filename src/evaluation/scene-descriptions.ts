/** Descriptions of scenes: how many objects are named with their right size, colour and shape, and no others. */
import { namedObjects } from "../data/scenes/named-objects.js";
import type { Combinations } from "../data/scenes/scene.js";
import { sceneExamples } from "../data/scenes/scene-source.js";
import { finalAnswer } from "../rewards/final-answer.js";
import type { Benchmark, Row, Section } from "./benchmark.js";

/** Room for four objects in full sentences. */
const GEN_LENGTH = 64;

const seen = descriptionBenchmark("descriptions/objects", "training");
const unseen = descriptionBenchmark("descriptions/unseen", "held-out");

export const sceneDescriptions: Section = {
  title: "Scene descriptions",
  benchmarks: [seen, unseen],
  rows: [
    row(seen.name, "objects named with size, colour and shape, no others"),
    row(unseen.name, "combinations never seen"),
  ],
};

function row(name: string, title: string): Row {
  return { name, title, of: [name], measure: { kind: "mean", unit: "%", of: ({ numbers }) => numbers?.shareNamed } };
}

function descriptionBenchmark(name: string, combinations: Combinations): Benchmark {
  return {
    name,
    task: "text",
    async item(_, rng) {
      const seed = `${rng.state().key}`;
      const source = sceneExamples({ seed, numScenes: 1, kind: "describe", combinations });
      const { messages, image, answer = "" } = await source.read(0);
      const wanted = namesIn(answer);
      return {
        question: messages[0].content,
        image: await image?.load(),
        options: { genLength: GEN_LENGTH },
        wanted: wanted.join(", "),
        judge(text) {
          const given = namesIn(finalAnswer(text));
          const numRight = numShared(wanted, given);
          // Neither leaving objects out nor inventing some is worth anything.
          const shareNamed = numRight / Math.max(wanted.length, given.length);
          return { isRight: shareNamed === 1, numbers: { shareNamed } };
        },
      };
    },
  };
}

/** "small red circle", once for each of several. */
function namesIn(text: string): string[] {
  return namedObjects(text).map(({ size, color, shape }) => [size, color, shape].filter(Boolean).join(" "));
}

function numShared(a: readonly string[], b: readonly string[]): number {
  return [...new Set(a)].reduce((sum, one) => {
    const [inA, inB] = [a, b].map((list) => list.filter((other) => other === one).length);
    return sum + Math.min(inA, inB);
  }, 0);
}
