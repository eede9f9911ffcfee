/**
 * What a run of a recipe would take here, before anything of it is loaded: the networks that the recipe names, by their settings alone,
 * whether the run fits into memory, and how long it would be at it.
 */
import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import {
  downsamplingOf,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "../model/config.js";
import type { Backend } from "../runtime/backend.js";
import { findImageTokenizer } from "../tasks/model-files.js";
import { gridOf, type PictureConfig } from "../tasks/model-text.js";
import { parseTaskDefaults, type TaskDefaults } from "../tasks/task-defaults.js";
import type { ModelPlace } from "../training/model-parts-node.js";
import { RecipeError } from "../training/recipe.js";
import { isHubId } from "../weights/hub.js";
import { readJson, readOptionalJson } from "../weights/json-files.js";
import { pathOrHubIdIn } from "../weights/path-or-hub-id-node.js";
import { type MeasuredSpeed, measureStep, proxyConfig } from "./measure-step.js";
import type { RunRecipe } from "./recipes.js";
import { isReleased8B, RELEASED_8B, RELEASED_PICTURE_CODES } from "./released-config.js";
import { type Alternative, alternativesWithin, mayHaveAdapters } from "./run-alternatives.js";
import {
  costOf,
  type ModelSurroundings,
  type PictureNetwork,
  type RunCost,
  type TransformerRecipe,
} from "./run-cost.js";

/** On what a run would be. */
export interface DryRunOptions {
  /** On which steps of one block are timed. */
  readonly backend: Backend;
  /** What paths in the recipe are relative to. */
  readonly recipeDirectory: string;
  /** Bytes that the run may take; left out, what this process may use: the machine's memory, or the limit of its container. */
  readonly availableMemory?: number;
}

/** What a run would take. */
export interface DryRun {
  /** Where the network's settings are from. */
  readonly configFrom: string;
  readonly isRecomputing: boolean;
  readonly cost: RunCost;
  /** In bytes: this machine's, or what was asked about. */
  readonly availableMemory: number;
  readonly fits: boolean;
  /** What would fit, where the recipe does not. */
  readonly alternatives: readonly Alternative[];
  /** Whether adapters may be trained in the model's place: where they may, `alternatives` has tried them. */
  readonly mayHaveAdapters: boolean;
  /** Left out, as what follows from it, where the run does not fit: there is nothing to be measured then. */
  readonly speed?: MeasuredSpeed;
  readonly secondsPerStep?: number;
  readonly seconds?: number;
}

/** What this process may use, in bytes: the machine's memory, or the limit of its container. */
function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Works out what a run of a recipe would take. The weights need not be there; nothing is trained, downloaded or written.
 * @throws RecipeError for recipes of other networks than the transformer, and where the settings of the network cannot be known; ConfigError,
 *   JsonError, FileError for files of settings that will not do
 * @example
 * const { fits, cost, alternatives } = await dryRun(recipe, { backend: await openBackend("cpu"), recipeDirectory: "recipes" });
 */
export async function dryRun(
  recipe: RunRecipe,
  { backend, recipeDirectory, availableMemory = machineMemory() }: DryRunOptions,
): Promise<DryRun> {
  if (recipe.objective !== "masked-diffusion" && recipe.objective !== "unigrpo")
    throw new RecipeError(
      `a dry run knows recipes of the transformer (masked-diffusion, unigrpo), not ${recipe.objective}`,
    );
  const { config, json, configFrom } = await configOf(recipe, recipeDirectory);
  const surroundings: ModelSurroundings = {
    pictures: await picturesOf(recipe, json as PictureConfig, recipeDirectory),
    defaults: await defaultsOf(recipe, recipeDirectory),
  };
  const cost = costOf(recipe, config, surroundings);
  const fits = cost.memory.total <= availableMemory;
  const alternatives = fits ? [] : alternativesWithin(recipe, config, availableMemory, surroundings);
  // The measurement needs memory too, and tells nothing about a run that cannot be.
  const isMeasurable = fits && costOf(recipe, proxyConfig(config), surroundings).memory.total <= availableMemory;
  const speed = isMeasurable ? await measureStep(recipe, config, backend) : undefined;
  const secondsPerStep =
    speed && cost.operationsPerStep / speed.operationsPerSecond + cost.numTrained * speed.optimizerSecondsPerNumber;
  return {
    configFrom,
    isRecomputing: recipe.recomputation,
    cost,
    availableMemory,
    fits,
    alternatives,
    mayHaveAdapters: mayHaveAdapters(recipe),
    ...(speed && secondsPerStep ? { speed, secondsPerStep, seconds: secondsPerStep * cost.steps } : {}),
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
  throw new RecipeError(
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
 * The image tokenizer that the run would open; one of the Hub, which may not be here yet, is taken for the released one.
 * @throws RecipeError for a directory that holds none
 */
async function picturesOf(
  { model }: TransformerRecipe,
  transformer: PictureConfig,
  directory: string,
): Promise<PictureNetwork | undefined> {
  const { from, imageTokenizer, tokenizer }: ModelPlace = model;
  const locate = (name: string) => pathOrHubIdIn(directory, name);
  const place = await findImageTokenizer(
    resolve(directory, from ?? (tokenizer as string)),
    { named: imageTokenizer, isOfHub: from !== undefined && isHubId(locate(from)) },
    async (name) => locate(name),
  );
  if (place === undefined) return undefined;
  const file = join(place, "config.json");
  const json = isHubId(place) ? {} : await readOptionalJson(file);
  if (json === undefined) throw new RecipeError(`model.imageTokenizer: there is no ${file}`);
  const config = parseImageTokenizerConfig(json, file);
  return { config, resolution: gridOf(transformer, config) * downsamplingOf(config) };
}
