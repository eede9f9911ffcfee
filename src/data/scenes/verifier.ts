/**
 * Judges pictures of the mini world by their pixels: finds the ground, takes what differs from it apart into objects, names colour,
 * shape, size and place of each, and compares them with what a prompt means. Bears soft edges and noise, as image tokenizers
 * leave them; touching objects of one colour count as one.
 */
import type { Image } from "../../images/image.js";
import type { PromptSpec } from "./prompt-spec.js";
import { figureCoverage } from "./render.js";
import { COLORS, type Color, PALETTE, type Rgb, relationOf, SHAPES, type Shape, type Size } from "./scene.js";

export interface DetectedObject {
  /** Absent for what is none of this world. */
  readonly shape?: Shape;
  /** Absent for what is far from all colours of this world. */
  readonly color?: Color;
  readonly size: Size;
  /** Of the circle around the shape, in pixels. */
  readonly radius: number;
  readonly x: number;
  readonly y: number;
  /** Root of the mean squared difference, 0 to 1, between the object and a clean shape of its kind. */
  readonly misfit: number;
}

/** Between the largest small radius, 8, and the smallest large one, 10. */
const SIZE_BOUNDARY = 9;
/** Distances in RGB, after smoothing, below this make no object: pink on a pink ground is at least 35 away. */
const MIN_CONTRAST = 14;
/** And below this times the contrast that three pixels of ten stay under, which are ground (with normal noise: 4 deviations). */
const NOISE_MARGIN = 3.5;
/** The part of the contrast nearby that the inside of an object has; edges and what lies between two objects have less. */
const INSIDE = 0.6;
/** Pixels inside; the smallest shape, a star of radius 5, covers 28 with its edges. */
const MIN_PIXELS = 6;
/** How far, in pixels, the edges and corners of an object may reach beyond its inside. */
const REACH = 3;
/** What lies farther than this from all colours has none of them. */
const MAX_COLOR_DISTANCE = 90;
/** And is a stain, not an object, where it covers less than the smallest shape does, a star of radius 5, or is near the ground in RGB. */
const MIN_STRANGE_AREA = 28;
const MIN_STRANGE_CONTRAST = 60;
/** What differs more from all clean shapes is none: of 300 objects that came through the bundled tokenizer none had more than 0.22. */
const MAX_MISFIT = 0.45;
/** And so is what is far larger than the largest, of radius 14. */
const MAX_RADIUS = 20;
/** Every ground is lighter than this in its darkest channel, and every object darker. */
const GROUND_LEVEL = 172;
/** Smaller shapes are not of this world: a blurred star is rather taken for what it is than for a circle of radius 4. */
const MIN_RADIUS = 4.6;
/** How often a template is blurred to look like the picture. */
const MAX_BLURS = 2;
/** Radii by area: area = factor × radius². */
const STAR_AREA = 5 * Math.sin(Math.PI / 5);
const TEMPLATES: readonly { readonly shape: Shape; readonly waist?: number; readonly areaFactor: number }[] = [
  { shape: "circle", areaFactor: Math.PI },
  { shape: "square", areaFactor: 2 },
  { shape: "triangle", areaFactor: (3 * Math.sqrt(3)) / 4 },
  ...[0.38, 0.44, 0.5].map((waist) => ({ shape: "star" as const, waist, areaFactor: STAR_AREA * waist })),
];

/** All objects in the picture, in no particular order. */
export function detectObjects(image: Image): DetectedObject[] {
  const ground = groundColor(image);
  const contrast = smoothedContrast(image, ground);
  const regions = insideRegions(contrast, image.width, image.height);
  const owner = grownRegions(regions, image.width, image.height);
  return regions.flatMap((region, label) => describeRegion(image, ground, contrast, region, owner, label) ?? []);
}

export interface Judgement {
  readonly isRight: boolean;
  /** What is wrong, in words; empty when nothing is. */
  readonly reasons: readonly string[];
  readonly detected: readonly DetectedObject[];
}

/** Whether the picture shows just what the prompt means: shapes, colours, counts, and sizes and relations where it tells them. */
export function judge(image: Image, spec: PromptSpec): Judgement {
  const detected = detectObjects(image);
  const isOf = (group: PromptSpec["groups"][number]) => (object: DetectedObject) =>
    object.color === group.color && object.shape === group.shape && (!group.size || object.size === group.size);
  const reasons: string[] = [];
  const numWanted = spec.groups.reduce((sum, { count }) => sum + count, 0);
  if (detected.length !== numWanted) reasons.push(`${detected.length} objects, not ${numWanted}`);
  for (const group of spec.groups) {
    const found = detected.filter(isOf(group)).length;
    const name = [group.size, group.color, group.shape].filter(Boolean).join(" ");
    if (found !== group.count) reasons.push(`${name}: ${found}, not ${group.count}`);
  }
  for (const { subject, relation, object } of spec.relations) {
    const a = detected.find(isOf(spec.groups[subject]));
    const b = detected.find(isOf(spec.groups[object]));
    const seen = a && b && relationOf(a, b);
    if (seen !== relation)
      reasons.push(`group ${subject} is ${seen ?? "not clearly"} beside group ${object}, not ${relation}`);
  }
  return { isRight: reasons.length === 0, reasons, detected };
}

/** The median of the light pixels. */
function groundColor({ data }: Image): Rgb {
  const light: number[][] = [[], [], []];
  for (let i = 0; i < data.length; i += 3) {
    if (Math.min(data[i], data[i + 1], data[i + 2]) < GROUND_LEVEL) continue;
    for (let channel = 0; channel < 3; channel++) light[channel].push(data[i + channel]);
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 220;
  return [median(light[0]), median(light[1]), median(light[2])];
}

/** How far in RGB each pixel lies from the ground, after a smoothing that takes noise out before the distance is taken. */
function smoothedContrast({ width, height, data }: Image, ground: Rgb): Float32Array {
  const square = new Float32Array(width * height);
  for (let channel = 0; channel < 3; channel++) {
    const plane = square.map((_, pixel) => data[pixel * 3 + channel] - ground[channel]);
    const smooth = blurred(plane, width, height, 2);
    for (let pixel = 0; pixel < square.length; pixel++) square[pixel] += smooth[pixel] ** 2;
  }
  return square.map(Math.sqrt);
}

/** Connected sets of pixels that are clearly inside something. */
function insideRegions(contrast: Float32Array, width: number, height: number): number[][] {
  const strongest = maximaAround(contrast, width, height);
  const noise = contrast.slice().sort()[Math.floor(contrast.length * 0.3)];
  const threshold = Math.max(MIN_CONTRAST, NOISE_MARGIN * noise);
  const isInside = Uint8Array.from(contrast, (value, pixel) =>
    value >= Math.max(threshold, INSIDE * strongest[pixel]) ? 1 : 0,
  );
  const regions: number[][] = [];
  for (let start = 0; start < isInside.length; start++) {
    if (isInside[start] === 0) continue;
    const region = [start];
    isInside[start] = 0;
    for (const pixel of region)
      for (const next of around(pixel, width, height)) {
        if (isInside[next] === 0) continue;
        isInside[next] = 0;
        region.push(next);
      }
    if (region.length >= MIN_PIXELS) regions.push(region);
  }
  return regions;
}

/** The index of the region within reach of each pixel, the nearest one, or −1. */
function grownRegions(regions: readonly (readonly number[])[], width: number, height: number): Int32Array {
  const owner = new Int32Array(width * height).fill(-1);
  regions.forEach((region, label) => {
    for (const pixel of region) owner[pixel] = label;
  });
  let front = regions.flat();
  for (let step = 0; step < REACH; step++) {
    const next: number[] = [];
    for (const pixel of front)
      for (const other of around(pixel, width, height)) {
        if (owner[other] !== -1) continue;
        owner[other] = owner[pixel];
        next.push(other);
      }
    front = next;
  }
  return owner;
}

function describeRegion(
  { width, height, data }: Image,
  ground: Rgb,
  contrast: Float32Array,
  inside: readonly number[],
  owner: Int32Array,
  label: number,
): DetectedObject | undefined {
  const core = [...inside]
    .sort((a, b) => contrast[b] - contrast[a])
    .slice(0, Math.max(5, Math.ceil(inside.length * 0.4)));
  const channelMean = (channel: number) =>
    core.reduce((sum, pixel) => sum + data[pixel * 3 + channel], 0) / core.length;
  const seen: Rgb = [channelMean(0), channelMean(1), channelMean(2)];
  const nearest = nearestColor(seen);
  const color = colorDistance(PALETTE[nearest], seen) > MAX_COLOR_DISTANCE ? undefined : nearest;
  const direction = seen.map((value, channel) => value - ground[channel]);
  const norm = direction.reduce((sum, value) => sum + value * value, 0);
  const window = windowOf(owner, label, width, height);
  const coverage = new Float32Array(window.width * window.height);
  let [area, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < coverage.length; i++) {
    const [column, row] = [i % window.width, Math.floor(i / window.width)];
    const pixel = (window.top + row) * width + window.left + column;
    if (owner[pixel] !== label) continue;
    let dot = 0;
    for (let channel = 0; channel < 3; channel++)
      dot += (data[pixel * 3 + channel] - ground[channel]) * direction[channel];
    coverage[i] = Math.max(-0.3, Math.min(1.3, dot / norm));
    area += coverage[i];
    sumX += coverage[i] * (column + 0.5);
    sumY += coverage[i] * (row + 0.5);
  }
  const isStain = area < MIN_STRANGE_AREA || Math.sqrt(norm) < MIN_STRANGE_CONTRAST;
  if (color === undefined && isStain) return undefined;
  const [x, y] = [sumX / area, sumY / area];
  const { shape, radius, misfit } = bestShape(coverage, area, x, y, window.width, window.height);
  return {
    ...(misfit <= MAX_MISFIT && radius <= MAX_RADIUS ? { shape } : {}),
    ...(color ? { color } : {}),
    size: radius < SIZE_BOUNDARY ? "small" : "large",
    radius,
    misfit,
    x: window.left + x,
    y: window.top + y,
  };
}

/** The part of the picture that holds all pixels of a region. */
function windowOf(owner: Int32Array, label: number, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let pixel = 0; pixel < owner.length; pixel++) {
    if (owner[pixel] !== label) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  }
  return { left, top, width: right - left, height: bottom - top };
}

/** The clean shape of this area and centre, sharp or blurred, that differs least from `coverage`. */
function bestShape(coverage: Float32Array, area: number, x: number, y: number, width: number, height: number) {
  let best = { shape: SHAPES[0] as Shape, radius: 0, misfit: Number.POSITIVE_INFINITY };
  for (const { shape, waist, areaFactor } of TEMPLATES) {
    const radius = Math.sqrt(area / areaFactor);
    let template = figureCoverage({ shape, radius, x, y, waist }, width, height);
    for (let numBlurs = 0; numBlurs <= MAX_BLURS; numBlurs++) {
      if (numBlurs > 0) template = blurred(template, width, height, 1);
      let sum = 0;
      for (let i = 0; i < coverage.length; i++) sum += (coverage[i] - template[i]) ** 2;
      const misfit = Math.sqrt(sum / area) * (radius < MIN_RADIUS ? 1.3 : 1);
      if (misfit < best.misfit) best = { shape, radius, misfit };
    }
  }
  return best;
}

function nearestColor(rgb: Rgb): Color {
  return COLORS.reduce((best, color) =>
    colorDistance(PALETTE[color], rgb) < colorDistance(PALETTE[best], rgb) ? color : best,
  );
}

function colorDistance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A 3×3 mean whose middle row and column weigh `centre` times the others; the picture's edge is repeated outside. */
function blurred(plane: Float32Array, width: number, height: number, centre: number): Float32Array {
  const scale = 1 / (centre + 2);
  const rows = new Float32Array(plane.length);
  const result = new Float32Array(plane.length);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      rows[i] = (plane[x > 0 ? i - 1 : i] + centre * plane[i] + plane[x < width - 1 ? i + 1 : i]) * scale;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      result[i] = (rows[y > 0 ? i - width : i] + centre * rows[i] + rows[y < height - 1 ? i + width : i]) * scale;
  return result;
}

/** The largest value at most two rows and columns away. */
function maximaAround(plane: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(plane.length);
  const result = new Float32Array(plane.length);
  for (let i = 0; i < plane.length; i++) {
    const x = i % width;
    for (let dx = -Math.min(2, x); dx <= 2 && x + dx < width; dx++) rows[i] = Math.max(rows[i], plane[i + dx]);
  }
  for (let i = 0; i < plane.length; i++) {
    const y = Math.floor(i / width);
    for (let dy = -Math.min(2, y); dy <= 2 && y + dy < height; dy++)
      result[i] = Math.max(result[i], rows[i + dy * width]);
  }

  return result;
}

/** The pixel and its neighbours, the diagonal ones too. */
function around(pixel: number, width: number, height: number): number[] {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  const result: number[] = [];
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++)
      result.push(row * width + column);
  return result;
}
