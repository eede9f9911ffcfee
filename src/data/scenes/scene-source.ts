/**
 * Examples of the mini world by index. Example i is about scene i mod `numScenes`, drawn when it is loaded; its words come from i, so
 * that the codes of a picture can be cached by its key while the wordings go on varying.
 */
import { choose, createRandom, type Random } from "../../array/random.js";
import type { ImageSource } from "../../images/image.js";
import type { Example, ExampleSource } from "../example.js";
import { reworded } from "../rewording/rewording.js";
import { caption, description } from "./captions.js";
import { indirectPrompt, indirectQuestion, planOf, type ReasonedPrompt } from "./indirect.js";
import { withMissight } from "./missight.js";
import { objectsIn } from "./named-objects.js";
import { openQuestion } from "./open-questions.js";
import { points } from "./points.js";
import { type QuestionKind, question } from "./questions.js";
import { renderScene } from "./render.js";
import { type Combinations, generateScene, type Scene, type SceneKind, type Size } from "./scene.js";
import { statements } from "./statements.js";

/**
 * `t2i` asks for the picture in words, `indirect` in words that hint at it ("as many stars as a triangle has sides"); the others ask about
 * it: `caption`, `describe` (every object in full), `statements` (what is true of pairs), `points` (coordinates), `question`,
 * `open-question` (answered by a place, an object, a list), `indirect-question`, and `about`, which is a caption, a description or a question.
 */
export const SCENE_EXAMPLE_KINDS = [
  ...[
    "t2i",
    "indirect",
    "caption",
    "describe",
    "statements",
    "points",
    "question",
    "open-question",
    "indirect-question",
    "about",
  ],
] as const;
/** Kinds that ask what can be thought through, `about` among other things. */
export const QUESTIONING_KINDS: readonly SceneExampleKind[] = ["question", "indirect-question", "about"];
/** Kinds of drawing: prompts, with a plan where they are reasoned. */
export const DRAWING_KINDS: readonly SceneExampleKind[] = ["t2i", "indirect"];
export type SceneExampleKind = (typeof SCENE_EXAMPLE_KINDS)[number];

/** Which examples are made of generated scenes. */
export interface SceneExampleOptions {
  readonly seed: number | string;
  /** How many different pictures there are, 1 or more. */
  readonly numScenes: number;
  readonly kind: SceneExampleKind;
  /** Default: `training`. */
  readonly combinations?: Combinations;
  /** 1 to 4. Default: by chance. */
  readonly numObjects?: number;
  /** Of all objects. Default: each by chance. */
  readonly size?: Size;
  /** Default: of every kind but `repeating`, by chance. */
  readonly sceneKind?: SceneKind;
  /** Of `question` only: just this kind; scenes that allow none of it are asked another. */
  readonly questionKind?: QuestionKind;
  /** Share of examples that are reasoned, and so asked to be, where their kind can be: drawing then becomes `r2i`. Default 0. */
  readonly reasoningShare?: number;
  /** Share of reasoned questions whose reasoning is given with mistakes in what it sees, up to what follows from it. Default 0. */
  readonly mistakenShare?: number;
  /** Share of questions and prompts that are said in other words than the templates'. Default 0. */
  readonly rewordedShare?: number;
  /** Examples in a row about the same scene, 1 or more. Default 1. */
  readonly perScene?: number;
}

/** What is asked about a scene: questions most of all. */
const ABOUT = [...Array<"question">(6).fill("question"), "describe", "describe", "caption"] as const;

const CAPTION_REQUESTS = [
  ...[
    "What do you see?",
    "What is in the picture?",
    "Caption the picture.",
    "Write a caption.",
    "What does the picture show?",
  ],
  ...[
    "Say what is in the image.",
    "What is this?",
    "Give a short description.",
    "Describe the picture briefly.",
    "What is shown?",
  ],
  ...["What can you see in this image?", "Caption this image.", "Name what is in the picture."],
];
const DESCRIPTION_REQUESTS = [
  ...["Describe the picture.", "Describe the picture in detail.", "Describe every object.", "Describe the image."],
  ...["Describe all objects and where they are.", "Describe this picture in full.", "Tell me about every object."],
  ...[
    "List all objects with their size, color, shape and place.",
    "What is where in the picture?",
    "Describe this image in detail.",
  ],
];
const SIDEWAYS_REQUESTS = [
  ...[
    "Describe every object from left to right.",
    "Describe the picture from left to right.",
    "Name all objects from left to right.",
  ],
  ...["List the objects from left to right.", "From left to right, what do you see?"],
];

/** Endless examples of one kind. @throws RangeError when `numScenes` is not a whole number of 1 or more */
export function sceneExamples(options: SceneExampleOptions): ExampleSource {
  const { seed, numScenes, kind, numObjects, size, sceneKind, perScene = 1 } = options;
  if (!Number.isInteger(numScenes) || numScenes < 1)
    throw new RangeError(`numScenes must be a whole number of 1 or more, not ${numScenes}`);
  const wordings = createRandom(seed).fork(`words:${kind}`);
  return {
    name: [
      "scenes",
      kind,
      ...(numObjects ? [numObjects] : []),
      ...(size ? [size] : []),
      ...(sceneKind ? [sceneKind] : []),
    ].join("-"),
    length: Number.POSITIVE_INFINITY,
    read: async (index) => {
      const number = Math.floor(index / perScene) % numScenes;
      const scene = sceneAt(seed, number, options);
      const words = exampleWords(scene, wordings.fork(index), options);
      return { ...words, image: sceneImage(seed, number, options) };
    },
  };
}

/** Which scenes an endless row of them holds. */
type SceneChoice = Pick<SceneExampleOptions, "combinations" | "numObjects" | "size" | "sceneKind">;

/** Scene `number` of the endless row that a seed gives; held-out scenes are another row. */
export function sceneAt(
  seed: number | string,
  number: number,
  { combinations = "training", numObjects, size, sceneKind: kind }: SceneChoice = {},
): Scene {
  const rng = createRandom(seed).fork(combinations).fork(number);
  return generateScene(rng, { combinations, numObjects, size, kind });
}

/** Its picture, drawn on loading. */
function sceneImage(seed: number | string, number: number, choice: SceneChoice = {}): ImageSource {
  const { combinations = "training", numObjects, size, sceneKind } = choice;
  const key = [
    "scene",
    ...(combinations === "training" ? [] : [combinations]),
    ...(numObjects ? [`${numObjects} objects`] : []),
    ...(size ? [size] : []),
    ...(sceneKind ? [sceneKind] : []),
  ];
  return { key: [...key, seed, number].join(":"), load: async () => renderScene(sceneAt(seed, number, choice)) };
}

function exampleWords(scene: Scene, rng: Random, options: SceneExampleOptions): Example {
  const { combinations, questionKind, reasoningShare = 0, rewordedShare = 0, mistakenShare = 0 } = options;
  const kind = options.kind === "about" ? choose(rng, ABOUT) : options.kind;
  const isReasoned = rng.fork("reasoning").uniform() < reasoningShare;
  const rewording = rng.fork("rewording");
  const isReworded = rewording.uniform() < rewordedShare;
  const said = (text: string) => [{ role: "user" as const, content: isReworded ? reworded(text, rewording) : text }];
  const missight = rng.fork("missight");
  const isMistaken = missight.uniform() < mistakenShare;
  const reasoned = (reasoning?: string): Pick<Example, "reasoning" | "given"> => {
    if (!isReasoned || reasoning === undefined) return {};
    return (isMistaken && withMissight(reasoning, scene, missight)) || { reasoning };
  };
  const about = (request: string, answer: string, reasoning?: string): Example => ({
    task: "mmu",
    messages: said(request),
    ...reasoned(reasoning),
    answer,
    metadata: { objects: objectsIn(scene) },
  });
  const drawing = ({ text, spec, reasoning }: ReasonedPrompt): Example => ({
    task: isReasoned ? "r2i" : "t2i",
    messages: said(text),
    ...(isReasoned ? { reasoning } : {}),
    metadata: { spec },
  });
  switch (kind) {
    case "t2i":
      return drawing({ ...caption(scene, rng), reasoning: planOf(scene) });
    case "indirect":
      return drawing(indirectPrompt(scene, rng));
    case "caption":
      return about(choose(rng, CAPTION_REQUESTS), caption(scene, rng, { voice: "caption" }).text);
    case "describe": {
      const isSideways = rng.uniform() < 0.25;
      const request = choose(rng, isSideways ? SIDEWAYS_REQUESTS : DESCRIPTION_REQUESTS);
      return about(request, description(scene, rng, { order: isSideways ? "left-to-right" : "reading" }));
    }
    case "statements": {
      const { request, answer } = statements(scene, rng);
      return about(request, answer);
    }
    case "points": {
      const { request, answer } = points(scene, rng);
      return about(request, answer);
    }
    case "open-question": {
      const asked = openQuestion(scene, rng);
      return about(asked.question, asked.answer);
    }
    case "question": {
      const wanted = questionKind && question(scene, rng, { kind: questionKind, combinations });
      const asked = wanted ?? question(scene, rng, { combinations });
      return about(asked.question, asked.answer, asked.reasoning);
    }
    case "indirect-question": {
      const asked = indirectQuestion(scene, rng, combinations);
      return about(asked.question, asked.answer, asked.reasoning);
    }
  }
  throw new RangeError(
    `unknown kind of scene example: ${kind satisfies never}; use one of ${SCENE_EXAMPLE_KINDS.join(", ")}`,
  );
}
