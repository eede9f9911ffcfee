/**
 * Drawings of prompts about scenes, judged by the verifier: right when the picture shows just what the prompt says. By kind as GenEval
 * divides them (Ghosh et al. 2023): every prompt of this world names colour and shape, so the kinds differ in what else they take. Sizes
 * are told in about as many prompts as in training.
 */
import { choose, integerBetween, type Random, shuffle } from "../array/random.js";
import { caption, captionOf } from "../data/scenes/captions.js";
import { indirectPrompt } from "../data/scenes/indirect.js";
import { type PromptSpec, sceneOf } from "../data/scenes/prompt-spec.js";
import { renderScene } from "../data/scenes/render.js";
import { COLORS, generateScene, isHeldOut, type Kind, RELATIONS, SHAPES, SIZES } from "../data/scenes/scene.js";
import { type DetectedObject, judge } from "../data/scenes/verifier.js";
import { type Benchmark, type DrawingItem, type Section, SHARE_RIGHT, shareRow, thinkingFirst } from "./benchmark.js";

const SEEN_KINDS: readonly Kind[] = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape }))).filter(
  (kind) => !isHeldOut(kind),
);

interface PromptKind {
  readonly name: string;
  readonly title: string;
  /** Where all its prompts have as many. */
  readonly numObjects?: 1 | 2;
  spec(index: number, rng: Random): PromptSpec;
}

const PROMPT_KINDS: readonly PromptKind[] = [
  {
    name: "single-object",
    title: "single object, its size told",
    numObjects: 1,
    spec: (_, rng) => plain([{ ...choose(rng, SEEN_KINDS), size: choose(rng, SIZES), count: 1 }]),
  },
  {
    name: "two-objects",
    title: "two objects alike in colour or shape",
    numObjects: 2,
    spec: (_, rng) => pairOf(rng, (a, b) => (a.color === b.color) !== (a.shape === b.shape)),
  },
  {
    name: "counting",
    title: "counting, two to four alike",
    spec: (_, rng) => plain([{ ...choose(rng, SEEN_KINDS), count: integerBetween(rng, 2, 4) }]),
  },
  {
    name: "colours",
    title: "colours, each as often",
    numObjects: 1,
    spec(index, rng) {
      const color = COLORS[index % COLORS.length];
      const kinds = SEEN_KINDS.filter((kind) => kind.color === color);
      return plain([{ ...choose(rng, kinds), count: 1 }]);
    },
  },
  {
    name: "position",
    title: "position of two objects",
    numObjects: 2,
    spec: (_, rng) => ({
      ...pairOf(rng, (a, b) => a.color !== b.color || a.shape !== b.shape),
      relations: [{ subject: 0, relation: choose(rng, RELATIONS), object: 1 }],
    }),
  },
  {
    name: "colour-attribution",
    title: "two objects unlike in colour and shape",
    numObjects: 2,
    spec: (_, rng) => pairOf(rng, (a, b) => a.color !== b.color && a.shape !== b.shape),
  },
];

const byKind = PROMPT_KINDS.map(({ name, spec }) =>
  drawingBenchmark(`drawing/${name}`, (index, rng) => {
    const meant = spec(index, rng);
    return { spec: meant, text: captionOf(meant, rng) };
  }),
);
const unseen = drawingBenchmark("drawing/unseen", (_, rng) =>
  caption(generateScene(rng, { combinations: "held-out", numObjects: integerBetween(rng, 1, 2) }), rng),
);
const indirect = drawingBenchmark("drawing/indirect", (_, rng) => indirectPrompt(generateScene(rng), rng));

export const textToImage: Section = {
  title: "Text to image",
  benchmarks: [...byKind, unseen, indirect, thinkingFirst(indirect)],
  rows: [
    {
      name: "drawing/overall",
      title: "all six kinds",
      of: byKind.map(({ name }) => name),
      measure: SHARE_RIGHT,
      wanted: 0.8,
    },
    {
      name: "drawing/one-or-two",
      title: "the five kinds of one and two objects",
      of: byKind.map(({ name }) => name).filter((_, i) => PROMPT_KINDS[i].numObjects),
      measure: SHARE_RIGHT,
      wanted: 0.7,
    },
    ...PROMPT_KINDS.map(({ name, title }) => shareRow(`drawing/${name}`, title)),
    shareRow("drawing/unseen", "combinations never seen, one or two objects"),
    shareRow("drawing/indirect", "prompts that hint: as many stars as a car has wheels"),
    shareRow("drawing/indirect-thinking", "the same prompts, thinking first"),
  ],
};

function drawingBenchmark(
  name: string,
  draw: (index: number, rng: Random) => { spec: PromptSpec; text: string },
): Benchmark {
  return {
    name,
    task: "drawing",
    item(index, rng): DrawingItem {
      const { spec, text } = draw(index, rng);
      return {
        prompt: text,
        wanted: describeSpec(spec),
        judge(picture) {
          const { isRight, reasons, detected } = judge(picture, spec);
          return { isRight, reasons, given: detected.map(describeObject).join(", ") || "nothing" };
        },
        example: (chance) => renderScene(sceneOf(spec, chance)),
      };
    },
  };
}

function plain(groups: PromptSpec["groups"]): PromptSpec {
  return { groups, relations: [] };
}

function pairOf(rng: Random, isWanted: (a: Kind, b: Kind) => boolean): PromptSpec {
  const first = choose(rng, SEEN_KINDS);
  const second = choose(
    rng,
    SEEN_KINDS.filter((kind) => isWanted(first, kind)),
  );
  const sizeShare = rng.uniform() < 1 / 3 ? 0.5 : 0;
  return plain(
    shuffle(rng, [first, second]).map((kind) => ({
      ...kind,
      ...(rng.uniform() < sizeShare && { size: choose(rng, SIZES) }),
      count: 1,
    })),
  );
}

/** "2 × red circle, small blue star; 0 left of 1": for people to read. */
export function describeSpec({ groups, relations }: PromptSpec): string {
  const names = groups.map(({ count, size, color, shape }) =>
    [count > 1 ? `${count} ×` : "", size, color, shape].filter(Boolean).join(" "),
  );
  const stated = relations.map(({ subject, relation, object }) => `${names[subject]} ${relation} ${names[object]}`);
  return [names.join(", "), ...stated].join("; ");
}

function describeObject({ size, color, shape, x, y }: DetectedObject): string {
  return `${size} ${color ?? "strange"} ${shape ?? "thing"} at ${Math.round(x)},${Math.round(y)}`;
}
