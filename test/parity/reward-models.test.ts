/** CLIP, HPS v2's kind of files and ImageReward: the numbers of the public Python packages (`make-reward-cases.py`), from pictures and words on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tensor } from "../../src/array/tensor.js";
import type { Image } from "../../src/images/image.js";
import { type ClipModel, type ClipScorer, createClipScorer, loadClip } from "../../src/reward-models/clip-scorer.js";
import {
  createImageRewardScorer,
  type ImageRewardModel,
  type ImageRewardScorer,
  loadImageReward,
} from "../../src/reward-models/image-reward-scorer.js";
import { CLIP_NORMALIZATION, normalizedPixels } from "../../src/reward-models/pixels.js";
import type { Backend } from "../../src/runtime/backend.js";
import { openBackend } from "../../src/runtime/backends-node.js";
import { maxDifference, type ParityCase, parityPath, readParityCase } from "../parity-case.js";

const TOLERANCE = 1e-4;

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend("cpu");
});

const textsOf = ({ metadata }: ParityCase): string[] => JSON.parse(metadata.texts);

function picturesOf(stored: ParityCase): Image[] {
  return stored.names
    .filter((name) => name.startsWith("picture."))
    .sort()
    .map((name) => {
      const [height, width] = stored.shape(name);
      return { width, height, data: Uint8Array.from(stored.floats(name)) };
    });
}

/** The tokens of each text, without what fills its row up. */
function tokensOf(ids: Tensor<"int32">, isText: Tensor<"int32">): number[][] {
  const [rows, length] = ids.shape;
  return Array.from({ length: rows }, (_, row) =>
    Array.from(ids.data.subarray(row * length, (row + 1) * length)).filter(
      (_, i) => isText.data[row * length + i] === 1,
    ),
  );
}

describe.each([
  { directory: "clip", what: "transformers' CLIPModel, quick GELU", weights: undefined },
  { directory: "open-clip", what: "open_clip's, GELU, as a trainer of PyTorch saved it", weights: "checkpoint.pt" },
])("$directory: $what", ({ directory, weights }) => {
  let stored: ParityCase;
  let model: ClipModel;
  let scorer: ClipScorer;
  beforeAll(async () => {
    stored = await readParityCase(`${directory}/case.safetensors`);
    model = await loadClip(parityPath(directory), weights ? { weights: parityPath(`${directory}/${weights}`) } : {});
    scorer = await createClipScorer(backend, model);
  });
  afterAll(() => scorer.dispose());

  it("pictures of any shape become the same pixels", () => {
    const { imageSize } = model.config.vision;
    const pixels = normalizedPixels(picturesOf(stored), imageSize, model.normalization);
    expect(maxDifference(pixels.data, stored.floats("pixels"))).toBeLessThan(1e-5);
  });

  it("words become the same tokens, cut off before the end", () => {
    const { ids, ends } = model.encodeTexts(textsOf(stored));
    const { maxLength } = model.config.text;
    const actual = Array.from(ends.data, (end, row) => Array.from(ids.data.subarray(row * maxLength, end + 1)));
    expect(actual).toEqual(tokensOf(stored.integers("ids"), stored.integers("isText")));
    expect(actual[2]).toHaveLength(maxLength);
  });

  it("every picture and every text are as alike", async () => {
    const texts = textsOf(stored);
    const images = picturesOf(stored);
    const pairs = images.flatMap((image) => texts.map((text) => ({ image, text })));
    const cosines = await scorer.cosines(pairs);
    const expected = stored.floats("logits");
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(1); // they differ
    const logits = cosines.map((cosine) => cosine * scorer.scale);
    expect(maxDifference(logits, expected)).toBeLessThan(TOLERANCE);
  });
});

describe("image-reward: the public package's ImageReward, in shards of 16-bit numbers", () => {
  let stored: ParityCase;
  let model: ImageRewardModel;
  let scorer: ImageRewardScorer;
  beforeAll(async () => {
    stored = await readParityCase("image-reward/case.safetensors");
    model = await loadImageReward(parityPath("image-reward"));
    scorer = await createImageRewardScorer(backend, model);
  });
  afterAll(() => scorer.dispose());

  it("pictures of any shape become the same pixels", () => {
    const pixels = normalizedPixels(picturesOf(stored), model.config.vision.imageSize, CLIP_NORMALIZATION);
    expect(maxDifference(pixels.data, stored.floats("pixels"))).toBeLessThan(1e-5);
  });

  it("words become the same tokens, cut off before the end", () => {
    const { ids, isText } = model.encodePrompts(textsOf(stored));
    expect(isText).toEqual(stored.integers("isText"));
    expect(tokensOf(ids, isText)).toEqual(tokensOf(stored.integers("ids"), isText));
    expect(isText.data.subarray(-1)[0]).toBe(1);
  });

  it("every picture with its prompt gets the same reward", async () => {
    const texts = textsOf(stored);
    const rewards = await scorer.rewards(picturesOf(stored).map((image, i) => ({ image, text: texts[i] })));
    const expected = stored.floats("scores");
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.1); // they differ
    expect(maxDifference(rewards, expected)).toBeLessThan(TOLERANCE);
  });
});
