/**
 * Bicubic resizing with antialiasing, to the bit as PIL does it (and torchvision through it): separable, a = −0.5, the kernel stretched
 * when shrinking, weights in 22-bit fixed point, rounded to 8 bits after each pass. Where to cut is in `preprocess.ts`.
 */
import type { Image } from "./image.js";

/** Bits after the point of a fixed-point weight. */
const PRECISION = 22;

/** A part of a picture, in pixels from its upper left corner. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * `image` at `width` × `height`, or only the `region` of that (the rest is not computed).
 * @throws RangeError when a side is not a positive whole number, or the region is not wholly inside
 */
export function resizeImage(image: Image, width: number, height: number, region?: Region): Image {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`cannot resize to ${width}×${height}: sides are whole numbers from 1 up`);
  }
  const { left, top, ...part } = region ?? { left: 0, top: 0, width, height };
  if (left < 0 || top < 0 || left + part.width > width || top + part.height > height) {
    throw new RangeError(
      `${part.width}×${part.height} pixels at (${left}, ${top}) are not inside a picture of ${width}×${height}`,
    );
  }
  const narrowed = resizeRows(image, width, left, part.width);
  if (height === image.height && part.height === height) return narrowed;
  return transpose(resizeRows(transpose(narrowed), height, top, part.height));
}

/** The horizontal pass: columns `first` to `first + width` of the picture at `fullWidth`. The vertical one is the same between two transpositions. */
function resizeRows(image: Image, fullWidth: number, first: number, width: number): Image {
  if (fullWidth === image.width && width === fullWidth) return image;
  const { data: source, height } = image;
  const { starts, counts, weights, stride } = filterWeights(image.width, fullWidth, first, width);
  const target = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = y * image.width * 3;
    for (let x = 0; x < width; x++) {
      let red = 1 << (PRECISION - 1);
      let green = red;
      let blue = red;
      let from = row + starts[x] * 3;
      for (let k = x * stride; k < x * stride + counts[x]; k++, from += 3) {
        red += weights[k] * source[from];
        green += weights[k] * source[from + 1];
        blue += weights[k] * source[from + 2];
      }
      const to = (y * width + x) * 3;
      target[to] = clampByte(red >> PRECISION);
      target[to + 1] = clampByte(green >> PRECISION);
      target[to + 2] = clampByte(blue >> PRECISION);
    }
  }
  return { width, height, data: target };
}

/** For `count` target places: where their source places start, how many these are, and their weights (from `place × stride` on). */
function filterWeights(from: number, to: number, first: number, count: number) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const row = new Float64Array(stride);
  for (let place = 0; place < count; place++) {
    const center = (first + place + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), from);
    let total = 0;
    for (let k = 0; k < end - start; k++) total += row[k] = bicubic((k + start - center + 0.5) / stretch);
    starts[place] = start;
    counts[place] = end - start;
    for (let k = 0; k < end - start; k++) {
      const weight = (row[k] / total) * 2 ** PRECISION;
      weights[place * stride + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { starts, counts, weights, stride };
}

/** Keys' cubic convolution kernel with a = −0.5. */
function bicubic(x: number): number {
  const distance = Math.abs(x);
  const a = -0.5;
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}

function transpose(image: Image): Image {
  const { width, height, data: source } = image;
  const target = new Uint8Array(source.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (x * height + y) * 3;
      target[to] = source[from];
      target[to + 1] = source[from + 1];
      target[to + 2] = source[from + 2];
    }
  }
  return { width: height, height: width, data: target };
}

function clampByte(value: number): number {
  return value > 0 ? Math.min(value, 255) : 0;
}
