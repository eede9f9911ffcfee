/**
 * Drawings of prompts about scenes, judged by the verifier: right when the picture shows just what the prompt says. By kind as GenEval
 * divides them (Ghosh et al. 2023): every prompt of this world names colour and shape, so the kinds differ in what else they take.
 */
import { choose, integerBetween, type Random, shuffle } from "../array/random.js";
import { caption, captionOf } from "../data/scenes/captions.js";
import { type PromptSpec, sceneOf } from "../data/scenes/prompt-spec.js";
import { renderScene } from "../data/scenes/render.js";
import {
  COLORS,
  type Combinations,
  generateScene,
  isHeldOut,
  type Kind,
  RELATIONS,
  SHAPES,
  SIZES,
} from "../data/scenes/scene.js";
import { type DetectedObject, judge } from "../data/scenes/verifier.js";
import { type Benchmark, type DrawingItem, type Section, SHARE_RIGHT, shareRow } from "./benchmark.js";

const SEEN_KINDS: readonly Kind[] = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape }))).filter(
  (kind) => !isHeldOut(kind),
);

interface PromptKind {
  readonly name: string;
  readonly title: string;
  spec(index: number, rng: Random): PromptSpec;
}

const PROMPT_KINDS: readonly PromptKind[] = [
  {
    name: "single-object",
    title: "single object, its size told",
    spec: (_, rng) => plain([{ ...choose(rng, SEEN_KINDS), size: choose(rng, SIZES), count: 1 }]),
  },
  {
    name: "two-objects",
    title: "two objects alike in colour or shape",
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
    spec(index, rng) {
      const color = COLORS[index % COLORS.length];
      const kinds = SEEN_KINDS.filter((kind) => kind.color === color);
      return plain([{ ...choose(rng, kinds), count: 1 }]);
    },
  },
  {
    name: "position",
    title: "position of two objects",
    spec: (_, rng) => ({
      ...pairOf(rng, (a, b) => a.color !== b.color || a.shape !== b.shape),
      relations: [{ subject: 0, relation: choose(rng, RELATIONS), object: 1 }],
    }),
  },
  {
    name: "colour-attribution",
    title: "two objects unlike in colour and shape",
    spec: (_, rng) => pairOf(rng, (a, b) => a.color !== b.color && a.shape !== b.shape),
  },
];

const byKind = PROMPT_KINDS.map(({ name, spec }) =>
  drawingBenchmark(`drawing/${name}`, (index, rng) => {
    const meant = spec(index, rng);
    return { spec: meant, text: captionOf(meant, rng) };
  }),
);
const natural = drawingBenchmark("drawing/one-or-two", (_, rng) => captionOfScene(rng, "training"));
const unseen = drawingBenchmark("drawing/unseen", (_, rng) => captionOfScene(rng, "held-out"));

export const textToImage: Section = {
  title: "Text to image",
  benchmarks: [natural, ...byKind, unseen],
  rows: [
    shareRow("drawing/one-or-two", "one- and two-object prompts of all kinds, sizes too", 0.7),
    { name: "drawing/overall", title: "the six kinds below", of: byKind.map(({ name }) => name), measure: SHARE_RIGHT },
    ...PROMPT_KINDS.map(({ name, title }) => shareRow(`drawing/${name}`, title)),
    shareRow("drawing/unseen", "combinations never seen, one or two objects"),
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

/** What the generator of training would say of a scene of one or two objects. */
function captionOfScene(rng: Random, combinations: Combinations): { spec: PromptSpec; text: string } {
  return caption(generateScene(rng, { combinations, numObjects: integerBetween(rng, 1, 2) }), rng);
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
  return plain(shuffle(rng, [first, second]).map((kind) => ({ ...kind, count: 1 })));
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
  return `${size} ${color} ${shape} at ${Math.round(x)},${Math.round(y)}`;
}
