/** One curve of several reinforcement runs beside each other: the mean of those alike but for their seeds, and its spread. */
import { join } from "node:path";
import { readJson } from "../weights/json-files.js";
import { drawPng, readCurves, runningMean } from "./report-node.js";

/** A point of one of several runs; runs that are alike but for their seeds have one label. */
export interface ComparedPoint {
  readonly run: string;
  readonly label: string;
  readonly step: number;
  readonly value: number;
}

/**
 * One curve of several runs, each labelled by what of its recipe is not in all of them.
 * @param name as in the log, such as `reward/t2i`
 * @throws FileError for a directory that holds no run; RangeError for a run without such a curve
 */
export async function readComparison(runs: readonly string[], name: string): Promise<ComparedPoint[]> {
  const recipes = await Promise.all(runs.map((run) => readJson(join(run, "recipe.json"))));
  const labels = labelsOf(recipes);
  const curves = await Promise.all(runs.map(readCurves));
  return curves.flatMap((points, i) => {
    const own = points.filter((point) => point.name === name);
    if (own.length === 0) {
      const names = [...new Set(points.map((point) => point.name))];
      throw new RangeError(`${runs[i]} has no curve ${name}; it has ${names.join(", ")}`);
    }
    return own.map(({ step, value }) => ({ run: runs[i], label: labels[i], step, value }));
  });
}

/** What tells recipes apart, seeds left out: "even", or "even, peak 0.001"; where settings differ because a kind does, the kind alone. */
export function labelsOf(recipes: readonly unknown[]): string[] {
  const leaves = recipes.map((recipe) => new Map(leavesOf(recipe, "").filter(([path]) => path !== "seed")));
  const paths = [...new Set(leaves.flatMap((own) => [...own.keys()]))];
  const varying = paths.filter((path) => new Set(leaves.map((own) => own.get(path))).size > 1);
  const isKind = (path: string) => /(^|\.)(kind|type)$/.test(path);
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf(".") + 1);
  const kinds = varying.filter(isKind).map(parentOf);
  const told = varying.filter((path) => isKind(path) || !kinds.some((parent) => path.startsWith(parent)));
  const nameOf = (path: string) =>
    told.length > 1 && !isKind(path) ? `${path.slice(path.lastIndexOf(".") + 1)} ` : "";
  return leaves.map((own) => told.map((path) => `${nameOf(path)}${own.get(path) ?? "none"}`).join(", ") || "all");
}

function leavesOf(value: unknown, path: string): [path: string, value: string][] {
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, path === "" ? key : `${path}.${key}`));
}

/** A PNG of a curve of several runs: the mean of those with one label, and a band of their deviation where there are several. */
export function drawComparison(title: string, points: readonly ComparedPoint[]): Promise<Uint8Array> {
  const x = { field: "step", type: "quantitative", title: "update", axis: { tickMinStep: 1 } } as const;
  const y = { field: "smoothed", type: "quantitative", title: null, scale: { zero: false } } as const;
  const legend = { orient: "bottom", columns: 1, labelLimit: 640 } as const;
  const color = { field: "label", type: "nominal", title: null, legend } as const;
  return drawPng({
    title: { text: title, anchor: "start" },
    background: "white",
    padding: 16,
    width: 640,
    height: 360,
    data: { values: [...points] },
    transform: [runningMean(["run"])],
    layer: [
      { mark: { type: "errorband", extent: "stdev" }, encoding: { x, y, color } },
      { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y: { ...y, aggregate: "mean" }, color } },
    ],
  });
}
