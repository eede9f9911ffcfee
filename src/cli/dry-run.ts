/** `mmada train --dry-run`: what a run would take, said before anything is loaded, and refused where it cannot fit. */
import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  downsamplingOf,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "../model/config.js";
import { type MeasuredSpeed, measureStep, proxyConfig } from "../runs/measure-step.js";
import type { RunRecipe } from "../runs/recipes.js";
import { isReleased8B, RELEASED_8B, RELEASED_PICTURE_CODES } from "../runs/released-config.js";
import { type Alternative, alternativesWithin, mayHaveAdapters } from "../runs/run-alternatives.js";
import {
  costOf,
  type ModelSurroundings,
  type PictureNetwork,
  type RunCost,
  type TransformerRecipe,
} from "../runs/run-cost.js";
import type { Backend } from "../runtime/backend.js";
import { gridOf, type PictureConfig } from "../tasks/model-text.js";
import { parseTaskDefaults, type TaskDefaults } from "../tasks/task-defaults.js";
import type { ModelPlace } from "../training/model-parts-node.js";
import { isHubId } from "../weights/hub.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import { UsageError } from "./exit.js";
import { formatCount, formatMemory, formatSeconds } from "./figures.js";

export interface DryRun {
  readonly recipe: string;
  /** Where the network's settings are from. */
  readonly configFrom: string;
  readonly isRecomputing: boolean;
  readonly cost: RunCost;
  /** In bytes: this machine's, or what was asked about. */
  readonly availableMemory: number;
  readonly fits: boolean;
  /** What would fit, where the recipe does not. */
  readonly alternatives: readonly Alternative[];
  readonly speed?: MeasuredSpeed;
  readonly secondsPerStep?: number;
  readonly seconds?: number;
  /** Why the recipe is refused. */
  readonly error?: string;
}

/** What this process may use, in bytes: the machine's memory, or the limit of its container. */
function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * @param path of the recipe
 * @throws UsageError for recipes of other networks, and where the settings of the network cannot be known
 */
export async function dryRun(
  recipe: RunRecipe,
  path: string,
  { backend, memory = machineMemory() }: { readonly backend: Backend; readonly memory?: number },
): Promise<DryRun> {
  if (recipe.objective !== "masked-diffusion" && recipe.objective !== "unigrpo")
    throw new UsageError(
      `--dry-run knows recipes of the transformer (masked-diffusion, unigrpo), not ${recipe.objective}`,
    );
  const directory = dirname(resolve(path));
  const { config, json, configFrom } = await configOf(recipe, directory);
  const surroundings: ModelSurroundings = {
    pictures: await picturesOf(recipe, json as PictureConfig, directory),
    defaults: await defaultsOf(recipe, directory),
  };
  const cost = costOf(recipe, config, surroundings);
  const fits = cost.memory.total <= memory;
  const alternatives = fits ? [] : alternativesWithin(recipe, config, memory, surroundings);
  // The measurement needs memory too, and tells nothing about a run that cannot be.
  const isMeasurable = fits && costOf(recipe, proxyConfig(config), surroundings).memory.total <= memory;
  const speed = isMeasurable ? await measureStep(recipe, config, backend) : undefined;
  const secondsPerStep =
    speed && cost.operationsPerStep / speed.operationsPerSecond + cost.numTrained * speed.optimizerSecondsPerNumber;
  return {
    recipe: path,
    configFrom,
    isRecomputing: recipe.recomputation,
    cost,
    availableMemory: memory,
    fits,
    alternatives,
    ...(speed && secondsPerStep ? { speed, secondsPerStep, seconds: secondsPerStep * cost.steps } : {}),
    ...(fits ? {} : { error: refusal(recipe, cost, memory, alternatives) }),
  };
}

async function configOf(
  { model }: TransformerRecipe,
  directory: string,
): Promise<{ readonly config: TransformerConfig; readonly json: unknown; readonly configFrom: string }> {
  const parsed = (json: unknown, origin: string, configFrom: string) => ({
    config: parseTransformerConfig(json, origin),
    json,
    configFrom,
  });
  if ("config" in model && model.config) return parsed(model.config, "model.config", "model.config");
  const from = model.from as string;
  const file = resolve(directory, from, "config.json");
  const configFrom = `${from}/config.json`;
  if (existsSync(file)) return parsed(await readJson(file), file, configFrom);
  if (isReleased8B(from)) {
    const settings = { ...RELEASED_8B, num_vq_tokens: RELEASED_PICTURE_CODES };
    return parsed(settings, from, `${from}, as released`);
  }
  throw new UsageError(
    `model.from: there is no ${file}, and ${from} is none of the released models whose settings are known. ` +
      "Put the model's config.json there: for a dry run its weights are not needed.",
  );
}

/** How the model would be sampled, as its directory says. */
async function defaultsOf({ model: { from } }: TransformerRecipe, directory: string): Promise<TaskDefaults> {
  const file = resolve(directory, from ?? "", "generation_config.json");
  return parseTaskDefaults(from === undefined ? undefined : await readOptionalJson(file), file);
}

/**
 * The image tokenizer that the run would open: a directory's, or the released one where the recipe names one of the Hub.
 * @throws UsageError for a directory that holds none
 */
async function picturesOf(
  { model }: TransformerRecipe,
  transformer: PictureConfig,
  directory: string,
): Promise<PictureNetwork | undefined> {
  const { from = "", imageTokenizer, tokenizer }: ModelPlace = model;
  const place = resolve(directory, imageTokenizer ?? `${from || tokenizer}/image-tokenizer`);
  const json = await readOptionalJson(join(place, "config.json"));
  if (json === undefined) {
    if (imageTokenizer === undefined && !isReleased8B(from)) return undefined;
    if (imageTokenizer !== undefined && !isHubId(imageTokenizer))
      throw new UsageError(`model.imageTokenizer: there is no ${join(place, "config.json")}`);
  }
  const config = parseImageTokenizerConfig(json ?? {}, join(place, "config.json"));
  return { config, resolution: gridOf(transformer, config) * downsamplingOf(config) };
}

function refusal(
  recipe: TransformerRecipe,
  { memory }: RunCost,
  available: number,
  alternatives: readonly Alternative[],
): string {
  const least = mayHaveAdapters(recipe) ? "adapters on a base of 4 bits, one row at a time" : "one row at a time";
  const wayOut =
    alternatives.length > 0
      ? `What would fit: ${alternatives.map(({ changes, memory: { total } }) => `${changes.join(", ")} (${formatMemory(total)})`).join("; or ")}.`
      : `Nor would ${least}: it takes a machine with more memory, or a shorter batch.lineLength.`;
  return `this run takes ${formatMemory(memory.total)} of memory, and there are ${formatMemory(available)}. ${wayOut}`;
}

/** A dry run as people read it. */
export function describeDryRun(run: DryRun): string {
  const { cost, isRecomputing, speed } = run;
  const { memory } = cost;
  const rows: [string, string][] = [
    ["Recipe", run.recipe],
    ["Settings", run.configFrom],
    [
      "Trained",
      `${formatCount(cost.numTrained)} parameters${cost.numFrozen ? `, beside ${formatCount(cost.numFrozen)} that are frozen` : ""}`,
    ],
    ["Memory", `${formatMemory(memory.total)} of ${formatMemory(run.availableMemory)}`],
    ["  weights", formatMemory(memory.weights)],
    ...(memory.frozen ? [["  frozen base", formatMemory(memory.frozen)] as [string, string]] : []),
    ...(memory.reference ? [["  reference", formatMemory(memory.reference)] as [string, string]] : []),
    ["  gradients", formatMemory(memory.gradients)],
    ["  optimizer", formatMemory(memory.optimizer)],
    [
      "  activations",
      `${formatMemory(memory.activations)}, ${isRecomputing ? "computed again" : "kept"}, ${plural(cost.rowsAtOnce, "row")} at once`,
    ],
    ...(memory.imageTokenizer ? [["  image tokenizer", formatMemory(memory.imageTokenizer)] as [string, string]] : []),
    ["  process", formatMemory(memory.process)],
    ["Steps", `${cost.steps.toLocaleString("en")} of ${plural(cost.rowsPerStep, "row")}`],
    ["Tokens", `at most ${cost.tokensPerStep.toLocaleString("en")} a step, ${cost.tokens.toLocaleString("en")} in all`],
    [
      "Operations",
      `${tera(cost.operationsPerStep)} a step${cost.rolloutOperationsPerStep ? `, ${tera(cost.rolloutOperationsPerStep)} of them for rollouts` : ""}`,
    ],
  ];
  if (speed && run.secondsPerStep !== undefined && run.seconds !== undefined) {
    const rate = `${(speed.operationsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
    const { secondsPerStep: step } = run;
    const aStep = step < 10 ? `${step.toPrecision(2)} s` : formatSeconds(step);
    rows.push(["Time", `${aStep} a step, ${formatSeconds(run.seconds)} in all`]);
    rows.push(["  measured", `${speed.proxy}, ${rate}`]);
  } else rows.push(["Time", "not measured: the run does not fit"]);
  return rows.map(([title, text]) => `${title.padEnd(19)}${text}`).join("\n");
}

function tera(operations: number): string {
  const value = operations / 1e12;
  return `${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString("en")} TFLOP`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
