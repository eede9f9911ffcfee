/**
 * Pictures as reward models take them: the shorter side resized (bicubic, antialiased), the longer one cut about its centre, channels
 * normalized. Agrees with torchvision's transforms, in which CLIP, HPS v2 and ImageReward were published.
 */
import { z } from "zod";
import { joinPath } from "#files";
import { type Tensor, tensor } from "../array/tensor.js";
import type { Image } from "../images/image.js";
import { fitImage } from "../images/preprocess.js";
import { parseSettings } from "../model/config.js";
import { readOptionalJson } from "../weights/json-files.js";

/** Of red, green and blue from 0 to 1. */
export interface PixelNormalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Those of the pictures that CLIP was trained on, which the others have kept. */
export const CLIP_NORMALIZATION: PixelNormalization = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
};

const channels = (defaults: readonly number[]) =>
  z
    .array(z.number())
    .length(3)
    .default([...defaults]);
const schema = z.object({
  image_mean: channels(CLIP_NORMALIZATION.mean),
  image_std: channels(CLIP_NORMALIZATION.deviation).refine(
    (values) => values.every((value) => value > 0),
    "must be positive",
  ),
});

/** The normalization that `preprocessor_config.json` of a directory gives, CLIP's where there is none. @throws ConfigError */
export async function readNormalization(directory: string): Promise<PixelNormalization> {
  const path = joinPath(directory, "preprocessor_config.json");
  const raw = parseSettings(schema, (await readOptionalJson(path)) ?? {}, path);
  return { mean: raw.image_mean, deviation: raw.image_std };
}

/** Pictures of any size as float32 [B, 3, side, side]. */
export function normalizedPixels(
  images: readonly Image[],
  side: number,
  { mean, deviation }: PixelNormalization,
): Tensor<"float32"> {
  const area = side * side;
  const data = new Float32Array(images.length * 3 * area);
  images.forEach((image, b) => {
    const { data: bytes } = fitImage(image, side);
    for (let channel = 0; channel < 3; channel++) {
      const start = (b * 3 + channel) * area;
      for (let i = 0; i < area; i++) {
        data[start + i] = (bytes[i * 3 + channel] / 255 - mean[channel]) / deviation[channel];
      }
    }
  });
  return tensor("float32", [images.length, 3, side, side], data);
}
