/**
 * The curves of a reinforcement run as one picture: rewards by kind, those of validation, divergence, clipping, entropy, lengths, and the
 * share of groups that taught nothing. Reads what `run-node.ts` wrote.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { FileError, isAbsent } from "../weights/files.js";
import { attempt } from "../weights/files-node.js";
import { parseLogLines } from "./log-lines.js";

/** A number of a run at a step. */
export interface CurvePoint {
  readonly step: number;
  /** As in the log, such as `reward/t2i/scene`; of validations with `validation/` ahead. */
  readonly name: string;
  readonly value: number;
}

/** Curves that are drawn in one frame. */
export interface Panel {
  readonly title: string;
  readonly points: readonly (Omit<CurvePoint, "name"> & { readonly curve: string })[];
}

/** All numbers of a run's steps and validations. @throws FileError when there are none, they cannot be read, or a line is damaged */
export async function readCurves(run: string): Promise<CurvePoint[]> {
  const steps = await readLines(join(run, "metrics.jsonl"), true);
  const validations = await readLines(join(run, "validation.jsonl"), false);
  const pointsOf = ({ step, losses }: Line, prefix: string) =>
    Object.entries(losses ?? {}).map(([name, value]) => ({ step, name: prefix + name, value }));
  return [
    ...steps.flatMap((line) => [
      ...pointsOf(line, ""),
      ...(line.gradientNorm === undefined ? [] : [{ step: line.step, name: "gradientNorm", value: line.gradientNorm }]),
    ]),
    ...validations.flatMap((line) => pointsOf(line, "validation/")),
  ];
}

interface Line {
  readonly step: number;
  readonly losses?: Readonly<Record<string, number>>;
  readonly gradientNorm?: number;
}

async function readLines(path: string, isNeeded: boolean): Promise<Line[]> {
  const text = await attempt(path, "read", () => readFile(path, "utf8")).catch((error: unknown) => {
    if (!isNeeded && error instanceof FileError && isAbsent(error)) return "";
    throw error;
  });
  // A killed process may have left half a line.
  return parseLogLines<Line>(path, text.slice(0, text.lastIndexOf("\n") + 1));
}

/** Which names belong into which frame, and what of them tells the curves apart. */
const PANELS: readonly { readonly title: string; readonly pattern: RegExp }[] = [
  { title: "reward", pattern: /^reward\/([^/]+)$/ },
  { title: "reward by kind", pattern: /^reward\/([^/]+\/.+)$/ },
  { title: "reward in validation", pattern: /^validation\/reward\/(.+)$/ },
  { title: "share of groups without signal", pattern: /^noSignal\/(.+)$/ },
  { title: "KL to the reference", pattern: /^policy\/(kl)$/ },
  { title: "share of places clipped", pattern: /^policy\/(clipFraction)$/ },
  { title: "entropy (nats)", pattern: /^policy\/(entropy)$/ },
  { title: "tokens written", pattern: /^length\/(.+)$/ },
  { title: "share of answers ended", pattern: /^finished\/(.+)$/ },
  { title: "norm of the gradients", pattern: /^(gradientNorm)$/ },
  { title: "share of rewards that failed", pattern: /^(?:rollouts\/)?(rewardFailures)$/ },
];

/** The frames that there is something to be drawn in. */
export function panelsOf(points: readonly CurvePoint[]): Panel[] {
  return PANELS.map(({ title, pattern }) => ({
    title,
    points: points.flatMap(({ step, name, value }) => {
      const match = pattern.exec(name);
      return match ? [{ step, value, curve: match[1] }] : [];
    }),
  })).filter((panel) => panel.points.length > 0);
}

/** A PNG of all frames. @throws RangeError when there is nothing to draw */
export async function drawReport(title: string, panels: readonly Panel[]): Promise<Uint8Array> {
  if (panels.length === 0) throw new RangeError("there is nothing to draw: the run has no steps of reinforcement yet");
  return drawPng(specOf(title, panels));
}

/** A specification drawn, as PNG. */
export async function drawPng(spec: TopLevelSpec): Promise<Uint8Array> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    const png = await sharp(new TextEncoder().encode(svg), { density: 144 })
      .flatten({ background: "#ffffff" })
      .png()
      .toBuffer();
    return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
  } finally {
    view.finalize();
  }
}

/** How many points a running mean goes back; the points themselves stay, faintly. */
const SMOOTHED = 8;

/** A running mean of the values, as `smoothed`. */
export const runningMean = (groupby: string[]) => ({
  window: [{ op: "mean" as const, field: "value", as: "smoothed" }],
  frame: [-SMOOTHED, 0] as [number, number],
  groupby,
  sort: [{ field: "step" }],
});

function specOf(title: string, panels: readonly Panel[]): TopLevelSpec {
  const x = { field: "step", type: "quantitative", title: "update", axis: { tickMinStep: 1 } } as const;
  // Not as faint as the points.
  const legend = { orient: "bottom", columns: 2, symbolOpacity: 1, symbolStrokeWidth: 2 } as const;
  const color = { field: "curve", type: "nominal", title: null, legend } as const;
  const y = (field: string) =>
    ({ field, type: "quantitative", title: null, scale: { zero: false }, axis: { format: ".4~g" } }) as const;
  return {
    title: { text: title, anchor: "start" },
    background: "white",
    padding: 16,
    columns: 3,
    spacing: 28,
    resolve: { scale: { color: "independent" } },
    concat: panels.map((panel) => ({
      title: panel.title,
      width: 300,
      height: 180,
      data: { values: [...panel.points] },
      transform: [runningMean(["curve"])],
      layer: [
        { mark: { type: "line", opacity: 0.25 }, encoding: { x, y: y("value"), color } },
        { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y: y("smoothed"), color } },
      ],
    })),
  };
}
