/** How far apart two pictures are. */
import type { Image } from "./image.js";

/** Mean squared difference of all channels, of 255². @throws RangeError when the sizes differ */
export function meanSquaredError(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(
      `cannot compare ${a.width}×${a.height} with ${b.width}×${b.height} pixels; fit one to the other first`,
    );
  }
  let total = 0;
  for (let i = 0; i < a.data.length; i++) total += (a.data[i] - b.data[i]) ** 2;
  return total / a.data.length;
}

/** Peak signal-to-noise ratio in decibels, 10·log₁₀(255² / mean squared error); Infinity for equal pictures. */
export function psnr(a: Image, b: Image): number {
  return 10 * Math.log10(255 ** 2 / meanSquaredError(a, b));
}
