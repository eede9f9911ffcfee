/**
 * Draws scenes: antialiased shapes, by the exact width covered on eight lines of each row of pixels. Knows nothing of why a scene
 * looks as it does; the verifier uses the same coverage as its templates.
 */
import type { Image } from "../../images/image.js";
import { SCENE_SIZE, type Scene, type Shape } from "./scene.js";

const LINES_PER_PIXEL = 8;
/** The five-pointed star whose edges lie on straight lines through other points. */
const PENTAGRAM_WAIST = 0.382;

/** Where and how large a shape is drawn. */
export interface Figure {
  readonly shape: Shape;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
  readonly waist?: number;
}

/** The scene as a 64×64 picture. */
export function renderScene(scene: Scene): Image {
  const data = new Uint8Array(SCENE_SIZE * SCENE_SIZE * 3);
  for (let i = 0; i < data.length; i++) data[i] = scene.background[i % 3];
  for (const object of scene.objects) {
    const coverage = figureCoverage(object, SCENE_SIZE, SCENE_SIZE);
    for (let pixel = 0; pixel < coverage.length; pixel++) {
      if (coverage[pixel] === 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        const below = data[pixel * 3 + channel];
        data[pixel * 3 + channel] = Math.round(below + (object.rgb[channel] - below) * coverage[pixel]);
      }
    }
  }
  return { width: SCENE_SIZE, height: SCENE_SIZE, data };
}

/** The part, 0 to 1, of each pixel that the figure covers: `width × height`, row by row. */
export function figureCoverage(figure: Figure, width: number, height: number): Float32Array {
  const coverage = new Float32Array(width * height);
  const corners = figure.shape === "circle" ? [] : figureCorners(figure);
  const top = Math.max(0, Math.floor((figure.y - figure.radius) * LINES_PER_PIXEL));
  const bottom = Math.min(height * LINES_PER_PIXEL, Math.ceil((figure.y + figure.radius) * LINES_PER_PIXEL));
  for (let line = top; line < bottom; line++) {
    const y = (line + 0.5) / LINES_PER_PIXEL;
    const crossings = figure.shape === "circle" ? circleCrossings(figure, y) : polygonCrossings(corners, y);
    const row = coverage.subarray(Math.floor(y) * width, (Math.floor(y) + 1) * width);
    for (let i = 0; i + 1 < crossings.length; i += 2) coverSpan(row, crossings[i], crossings[i + 1]);
  }
  return coverage;
}

function coverSpan(row: Float32Array, from: number, to: number): void {
  const start = Math.max(0, from);
  const end = Math.min(row.length, to);
  for (let x = Math.floor(start); x < end; x++) row[x] += (Math.min(end, x + 1) - Math.max(start, x)) / LINES_PER_PIXEL;
}

function circleCrossings({ x, y: centre, radius }: Figure, y: number): number[] {
  const square = radius ** 2 - (y - centre) ** 2;
  return square > 0 ? [x - Math.sqrt(square), x + Math.sqrt(square)] : [];
}

function polygonCrossings(corners: readonly (readonly [number, number])[], y: number): number[] {
  const crossings: number[] = [];
  for (let i = 0; i < corners.length; i++) {
    const [x0, y0] = corners[i];
    const [x1, y1] = corners[(i + 1) % corners.length];
    if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
  }
  return crossings.sort((a, b) => a - b);
}

/** The corners of a square, a triangle or a star, the first at the top. */
function figureCorners({ shape, x, y, radius, waist = PENTAGRAM_WAIST }: Figure): [number, number][] {
  const numCorners = shape === "star" ? 10 : shape === "square" ? 4 : 3;
  const firstAngle = shape === "square" ? -Math.PI / 4 : -Math.PI / 2;
  return Array.from({ length: numCorners }, (_, i) => {
    const angle = firstAngle + (2 * Math.PI * i) / numCorners;
    const length = shape === "star" && i % 2 === 1 ? radius * waist : radius;
    return [x + length * Math.cos(angle), y + length * Math.sin(angle)];
  });
}
