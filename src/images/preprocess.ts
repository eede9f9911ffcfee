/**
 * Between pictures of any size and what the image tokenizer takes: squares of a given side, as float32 in [−1, 1]. Agrees with
 * torchvision's Resize (bicubic, antialiased), CenterCrop, ToTensor and Normalize(0.5, 0.5).
 */
import { type Tensor, tensor } from "../array/tensor.js";
import type { Image } from "./image.js";
import { resizeImage } from "./resize.js";

/** How a picture is made square: `crop` its longer side, `squash` it, or `pad` it with white. */
export const FIT_MODES = ["crop", "squash", "pad"] as const;
/** How a picture is made square. */
export type FitMode = (typeof FIT_MODES)[number];

/** Pictures with a longer side than this are shrunk to it first: a strip of 1 × 60,000,000 pixels is no square of that side. */
const LONGEST_SIDE = 8192;

/**
 * `image` as a square of side `size` pixels. `crop` scales the shorter side and cuts the longer one about its centre; `squash` gives up the
 * proportions; `pad` adds white on both ends of the shorter side.
 * @throws RangeError when `size` is not a positive whole number
 */
export function fitImage(original: Image, size: number, mode: FitMode = "crop"): Image {
  const image = limitSides(original);
  const { width, height } = image;
  switch (mode) {
    case "crop": {
      const shorter = Math.min(width, height);
      const scaled = (side: number) => Math.trunc((size * side) / shorter);
      const left = roundHalfToEven((scaled(width) - size) / 2);
      const top = roundHalfToEven((scaled(height) - size) / 2);
      return resizeImage(image, scaled(width), scaled(height), { left, top, width: size, height: size });
    }
    case "squash":
      return resizeImage(image, size, size);
    case "pad": {
      const longer = Math.max(width, height);
      const square = { width: longer, height: longer, data: new Uint8Array(longer * longer * 3).fill(255) };
      pasteImage(square, image, Math.floor((longer - width) / 2), Math.floor((longer - height) / 2));
      return resizeImage(square, size, size);
    }
    default:
      throw new RangeError(
        `unknown way to make a picture square: ${mode satisfies never}; use ${FIT_MODES.join(", ")}`,
      );
  }
}

function limitSides(image: Image): Image {
  const scale = LONGEST_SIDE / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const scaled = (side: number) => Math.max(Math.round(side * scale), 1);
  return resizeImage(image, scaled(image.width), scaled(image.height));
}

/** Draws `image` onto `target`, in place. @throws RangeError when it is not wholly inside */
export function pasteImage(target: Image, image: Image, left: number, top: number): void {
  if (left < 0 || top < 0 || left + image.width > target.width || top + image.height > target.height) {
    throw new RangeError(
      `${image.width}×${image.height} at (${left}, ${top}) is not inside ${target.width}×${target.height} pixels`,
    );
  }
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    target.data.set(row, ((top + y) * target.width + left) * 3);
  }
}

/**
 * Pictures of one size as float32 [B, 3, H, W], v / 127.5 − 1.
 * @throws RangeError when there is none, or they differ in size
 */
export function toPixelValues(images: readonly Image[]): Tensor<"float32"> {
  if (images.length === 0) throw new RangeError("no pictures to make pixel values of");
  const { width, height } = images[0];
  const area = width * height;
  const data = new Float32Array(images.length * 3 * area);
  images.forEach((image, b) => {
    if (image.width !== width || image.height !== height) {
      throw new RangeError(
        `picture ${b} is ${image.width}×${image.height}, the first is ${width}×${height}; fit them first`,
      );
    }
    for (let channel = 0; channel < 3; channel++) {
      const start = (b * 3 + channel) * area;
      for (let i = 0; i < area; i++) data[start + i] = image.data[i * 3 + channel] / 127.5 - 1;
    }
  });
  return tensor("float32", [images.length, 3, height, width], data);
}

/**
 * Pictures from float32 [B, 3, H, W]: clamped to [−1, 1] and rounded to the nearest of 256 levels (the released code rounds down).
 * @throws RangeError when the shape is another
 */
export function fromPixelValues(pixels: Tensor<"float32">): Image[] {
  const [batch, channels, height, width] = pixels.shape;
  if (pixels.shape.length !== 4 || channels !== 3) {
    throw new RangeError(`pixel values have shape [B, 3, H, W], got [${pixels.shape}]`);
  }
  const area = width * height;
  return Array.from({ length: batch }, (_, b) => {
    const data = new Uint8Array(area * 3);
    for (let channel = 0; channel < 3; channel++) {
      const start = (b * 3 + channel) * area;
      for (let i = 0; i < area; i++) {
        const level = Math.round((pixels.data[start + i] + 1) * 127.5);
        data[i * 3 + channel] = level > 0 ? Math.min(level, 255) : 0; // not a number becomes 0
      }
    }
    return { width, height, data };
  });
}

/** As Python's round, which torchvision's centre crop uses. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
