/**
 * The image tokenizer alone: how near pictures come back, how much of the codebook they use, and whether the verifier still sees in a
 * scene what was drawn, which is the ceiling of everything that the model draws.
 */
import type { Emoji } from "../data/emoji-node.js";
import { promptSpec } from "../data/scenes/prompt-spec.js";
import { renderScene } from "../data/scenes/render.js";
import { generateScene, type SceneOptions } from "../data/scenes/scene.js";
import { judge } from "../data/scenes/verifier.js";
import { psnr } from "../images/compare.js";
import type { Image } from "../images/image.js";
import {
  type Benchmark,
  type Measure,
  type Outcome,
  type ReconstructionItem,
  type Section,
  SHARE_RIGHT,
  shareRow,
} from "./benchmark.js";
import { describeSpec } from "./text-to-image.js";

const OBJECT_COUNTS = [1, 2, 3, 4];

const byCount = OBJECT_COUNTS.map((numObjects) => sceneBenchmark(`tokenizer/scenes-${numObjects}`, { numObjects }));
const unseen = sceneBenchmark("tokenizer/unseen", { combinations: "held-out" });
const SCENES = byCount.map(({ name }) => name);

const PSNR: Measure = { kind: "mean", unit: "dB", of: ({ numbers }) => numbers?.psnr };
const isOriginalRight = ({ numbers }: Outcome) => numbers?.isOriginalRight === 1;

/** @param emoji all of them; those that the tokenizer never learnt from are taken. None: the rows of emoji are left out */
export function imageTokenizer(emoji: readonly Emoji[]): Section {
  const heldOut = emoji.filter(({ isHeldOut, file, baseFile }) => isHeldOut && file === baseFile);
  const hasEmoji = heldOut.length > 0;
  const codes = hasEmoji ? [...SCENES, "tokenizer/emoji"] : SCENES;
  return {
    title: "Image tokenizer",
    benchmarks: [...byCount, unseen, ...(hasEmoji ? [emojiBenchmark(heldOut)] : [])],
    rows: [
      { name: "tokenizer/psnr-scenes", title: "PSNR, scenes", of: SCENES, measure: PSNR, wanted: 30 },
      ...(hasEmoji
        ? [
            {
              name: "tokenizer/psnr-emoji",
              title: "PSNR, emoji never trained on",
              of: ["tokenizer/emoji"],
              measure: PSNR,
              wanted: 22,
            },
          ]
        : []),
      {
        name: "tokenizer/codebook",
        title: "codebook used by these",
        of: codes,
        measure: { kind: "codebook" },
        wanted: 0.5,
      },
      {
        name: "tokenizer/verified",
        title: "verifier right, reconstructed scenes",
        of: SCENES,
        measure: SHARE_RIGHT,
        wanted: 0.95,
      },
      ...OBJECT_COUNTS.map((count, i) => ({
        ...shareRow(SCENES[i], `… of ${count} object${count === 1 ? "" : "s"}`),
        name: `tokenizer/verified-${count}`,
      })),
      {
        name: "tokenizer/verified-originals",
        title: "verifier right, the same scenes as drawn",
        of: SCENES,
        measure: { kind: "share", of: isOriginalRight },
        wanted: 0.98,
      },
      { ...shareRow(unseen.name, "verifier right, combinations never seen"), name: "tokenizer/verified-unseen" },
    ],
  };
}

/** In decibels; a picture that comes back as it was has none, but a figure is needed. */
function nearness(original: Image, reconstruction: Image): number {
  return Math.min(100, psnr(original, reconstruction));
}

/** Every size is judged, and a relation wherever one is clear. */
function sceneBenchmark(name: string, options: SceneOptions): Benchmark {
  return {
    name,
    task: "reconstruction",
    item(_, rng): ReconstructionItem {
      const scene = generateScene(rng, options);
      const spec = promptSpec(scene, rng, { sizeShare: 1, relationShare: 1 });
      const image = renderScene(scene);
      return {
        image,
        wanted: describeSpec(spec),
        judge(reconstruction) {
          const { isRight, reasons } = judge(reconstruction, spec);
          const isOriginalRight = Number(judge(image, spec).isRight);
          return { isRight, reasons, numbers: { psnr: nearness(image, reconstruction), isOriginalRight } };
        },
      };
    },
  };
}

function emojiBenchmark(heldOut: readonly Emoji[]): Benchmark {
  return {
    name: "tokenizer/emoji",
    task: "reconstruction",
    size: heldOut.length,
    async item(index): Promise<ReconstructionItem> {
      const { image, name } = heldOut[index];
      const original = await image.load();
      // Nothing is asked of it but to come back near.
      const judge = (reconstruction: Image) => ({
        isRight: true,
        numbers: { psnr: nearness(original, reconstruction) },
      });
      return { image: original, wanted: name, judge };
    },
  };
}
