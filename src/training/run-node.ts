/**
 * A run: a recipe and the directory that holds all that becomes of it. Starts it, or goes on where it stopped; whoever consumes the
 * events shows them.
 *
 *     DIR/recipe.json            the recipe, defaults filled in
 *     DIR/metrics.jsonl          a line a step
 *     DIR/validation.jsonl       a line for each look at the model
 *     DIR/events.out.tfevents.*  the same for TensorBoard, with pictures
 *     DIR/samples/               pictures and answers of each look at the model
 *     DIR/checkpoints/           the last few, each the weights under training and all it takes to go on
 *     DIR/model/                 the finished model
 *     DIR/adapter/               where adapters were trained, these alone, as PEFT has them
 *     DIR/diverged-*.safetensors the batches that a run came to grief on
 */
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { encodeImage } from "#image-codec";
import type { DataError } from "../data/example.js";
import type { Backend } from "../runtime/backend.js";
import { createHoldings, type Holdings } from "../runtime/holdings.js";
import { attempt, writeFileAtomically } from "../weights/files-node.js";
import type { DownloadProgress } from "../weights/hub.js";
import { readOptionalJson } from "../weights/json-files.js";
import { saveModelWeights } from "../weights/model-weights.js";
import { encodeSafetensors } from "../weights/safetensors.js";
import { averagedWeights, averaging } from "./averaging.js";
import { loadLatestCheckpoint, saveCheckpoint } from "./checkpoint-node.js";
import { warmupCosine } from "./learning-rate.js";
import { arraysOf, type BatchSource, DivergenceError, type StepReport, train, unlessStopped } from "./loop.js";
import { type MetricsLog, openMetrics } from "./metrics-node.js";
import { hiddenMatrices, muon } from "./muon.js";
import { compileGradientStep, type Objective, type Weights } from "./objective.js";
import { adamW, type Optimizer, type OptimizerState } from "./optimizer.js";
import { type AnyRecipe, checkSameRun, type Recipe, RecipeError, recipeSchema } from "./recipe.js";
import { lockDirectory } from "./run-lock-node.js";
import type { Stage, StageContext, Validation } from "./stage.js";
import { openStage, openStageWithThreads } from "./stages-node.js";
import { type EventWriter, openEvents } from "./tensorboard-node.js";

/** Where a run's checkpoints are, in its directory. */
const CHECKPOINTS = "checkpoints";

/** A kind of runs: what their recipes are, and how that which a recipe trains is opened. */
export interface RunKind<R extends AnyRecipe> {
  readonly schema: z.ZodType<R>;
  readonly open: (recipe: R, context: StageContext) => Promise<Stage>;
}

/** Where and on what a recipe is run. */
export interface RunOptions {
  readonly backend: Backend;
  /** Where the run lives. */
  readonly output: string;
  /** What paths in the recipe are relative to. */
  readonly recipeDirectory: string;
  /**
   * Threads that make batches ahead. They encode pictures on the CPU, so that beside a GPU a bit of a code may be another than without them.
   * Default 0: batches are made between steps, pictures encoded where the run computes.
   */
  readonly numThreads?: number;
  /** Saves a checkpoint after the step that is under way, and stops; while models are downloaded or loaded its reason is thrown instead. */
  readonly signal?: AbortSignal;
  /** Told of every piece of a model of the Hub that is downloaded, before the run starts. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** What happens in a run, as it happens. */
export type RunEvent =
  | { readonly kind: "start"; readonly step: number; readonly totalSteps: number; readonly numParameters: number }
  | { readonly kind: "step"; readonly report: StepReport }
  | { readonly kind: "validation"; readonly step: number; readonly validation: Validation }
  | { readonly kind: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly kind: "skip"; readonly error: DataError; readonly sourceName: string }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "stop"; readonly step: number }
  | { readonly kind: "finish"; readonly step: number; readonly model: string };

/** Runs a recipe of pretraining, fine-tuning, the image tokenizer or CLIP. @throws as `runStage` */
export function run(recipe: Recipe, options: RunOptions): AsyncGenerator<RunEvent, void, void> {
  const { numThreads = 0 } = options;
  const open: RunKind<Recipe>["open"] =
    numThreads > 0 ? (given, context) => openStageWithThreads(given, context, numThreads) : openStage;
  return runStage(recipe, { schema: recipeSchema, open }, options);
}

/**
 * Runs a recipe to its end, or until the signal. Remarks (broken records, warnings) come ahead of the next event, or
 * of the error.
 * @throws RecipeError when the directory holds another recipe's run, RunLockError when another is at it, CheckpointError, DataError,
 *   DivergenceError, FileError; the signal's reason while models are downloaded or loaded; the last checkpoint is whole
 */
export async function* runStage<R extends AnyRecipe>(
  recipe: R,
  kind: RunKind<R>,
  options: RunOptions,
): AsyncGenerator<RunEvent, void, void> {
  const { output } = options;
  const holdings = createHoldings();
  const remarks: RunEvent[] = [];
  holdings.hold({ dispose: await lockDirectory(output) });
  try {
    const opened = await openRun(recipe, kind, options, remarks, holdings);
    for await (const event of goOn(recipe, opened, options, holdings)) {
      // A run begins with its start, whatever was met on the way there.
      if (event.kind !== "start") yield* remarks.splice(0);
      yield event;
    }
  } catch (error) {
    if (error instanceof DivergenceError)
      await keepDivergedBatches(output, error).catch(({ message }: Error) => {
        remarks.push({
          kind: "warning",
          text: `the batches that the run came to grief on could not be kept: ${message}`,
        });
      });
    yield* remarks.splice(0);
    // Why the run ended is what is told, not what giving back met.
    await holdings.dispose().catch(() => undefined);
    throw error;
  } finally {
    await holdings.dispose();
  }
}

/** A run where it begins, or goes on. */
interface OpenedRun {
  readonly stage: Stage;
  readonly startStep: number;
  /** Updated in place. */
  readonly weights: Weights;
  readonly optimizer: Optimizer;
  readonly optimizerState: OptimizerState;
  readonly batches: BatchSource;
  readonly metrics: MetricsLog;
  readonly validations: MetricsLog;
  readonly events: EventWriter;
}

/** Opens what the recipe trains, or goes on from the last checkpoint. @param remarks what there is to be said of it, then and later */
async function openRun<R extends AnyRecipe>(
  recipe: R,
  { schema, open }: RunKind<R>,
  { backend, output, recipeDirectory, signal, onProgress }: RunOptions,
  remarks: RunEvent[],
  { hold }: Holdings,
): Promise<OpenedRun> {
  const stage = hold(
    await open(recipe, {
      backend,
      directory: recipeDirectory,
      output,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
      onSkip: (error, sourceName) => remarks.push({ kind: "skip", error, sourceName }),
      onWarning: (text) => remarks.push({ kind: "warning", text }),
    }),
  );
  const { objective } = stage;
  const saved = await loadLatestCheckpoint(join(output, CHECKPOINTS), objective.specs).catch(async (error: unknown) => {
    // Weights of other shapes are, before all else, those of another recipe.
    const earlier = await readOptionalJson(join(output, "recipe.json"));
    if (earlier !== undefined) checkSameRun(earlier, recipe, schema, output);
    throw error;
  });
  if (saved) checkSameRun(saved.recipe, recipe, schema, output);
  const startStep = saved?.step ?? 0;
  if (startStep > recipe.steps)
    throw new RecipeError(
      `${output} is at step ${startStep}, the recipe ends at ${recipe.steps}: give it as many steps or more`,
    );
  await writeText(join(output, "recipe.json"), `${JSON.stringify(recipe, null, 2)}\n`);
  const weights = inOrder(saved?.weights ?? (await stage.startWeights()), objective);
  const optimizer = hold(openOptimizer(recipe, backend, objective, stage.isDecayed));
  const optimizerState = saved?.optimizerState ?? optimizer.createState(arraysOf(weights));
  const batches = await stage.openBatches(startStep, saved?.data, weights);
  if (recipe.validation && startStep < recipe.steps) await stage.prepareValidation?.();
  const metrics = await openMetrics(join(output, "metrics.jsonl"), startStep);
  // A look at the start is taken again where nothing was saved since.
  const validations = await openMetrics(join(output, "validation.jsonl"), startStep || -1);
  const events = await openEvents(output, startStep);
  return { stage, startStep, weights, optimizer, optimizerState, batches, metrics, validations, events };
}

/** Takes the steps that are left, looks and saves between them as the recipe says, and saves the finished model. */
async function* goOn(
  recipe: AnyRecipe,
  run: OpenedRun,
  { backend, output, signal }: RunOptions,
  { hold }: Holdings,
): AsyncGenerator<RunEvent, void, void> {
  const { stage, startStep, weights, optimizer, optimizerState, batches, metrics, validations, events } = run;
  const { objective } = stage;
  const numParameters = objective.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  yield { kind: "start", step: startStep, totalSteps: recipe.steps, numParameters };
  const step = hold(
    await compileGradientStep(backend, objective, stage.frozen, { isRecomputing: recipe.recomputation }),
  );
  const { peak, warmupSteps, floor } = recipe.learningRate;
  const steps = train({
    step,
    weights,
    optimizer,
    optimizerState,
    learningRate: (at) => warmupCosine(at, { peak, warmupSteps, floor, totalSteps: recipe.steps }),
    batches,
    startStep,
    totalSteps: recipe.steps,
    ...(recipe.maxGradientNorm === undefined ? {} : { maxGradientNorm: recipe.maxGradientNorm }),
    ...(signal ? { signal } : {}),
  });
  const trained = averagedWeights(weights, optimizerState);
  let at = startStep;
  let savedAt = startStep;
  const isLookLeft = () => isLookDue(recipe, at) && validations.lastStep() !== at;
  async function* look(): AsyncGenerator<RunEvent, void, void> {
    if (!isLookLeft() || signal?.aborted) return;
    const seen = await unlessStopped(() => stage.validate(trained), signal);
    if (!seen) return;
    await keepValidation(seen, at, output, events);
    // The line comes last: a look without one is taken again when the run goes on.
    await validations.write({ step: at, losses: seen.losses });
    yield { kind: "validation", step: at, validation: seen };
  }
  const save = async (): Promise<RunEvent> => {
    const path = await saveCheckpoint(
      join(output, CHECKPOINTS),
      { step: at, weights, optimizerState, data: batches.state(), recipe },
      { keep: recipe.checkpoints.keep, files: stage.files },
    );
    savedAt = at;
    return { kind: "checkpoint", step: at, path };
  };
  yield* look();
  for await (const report of steps) {
    at = report.step;
    await metrics.write({ ...report });
    await events.scalars(at, scalarsOf(report));
    yield { kind: "step", report };
    // Ahead of the look, which may fail or be waited for no longer: what was learnt is not to be lost with it.
    if (at === recipe.steps || signal?.aborted || at % recipe.checkpoints.every === 0) yield await save();
    yield* look();
  }
  if (at < recipe.steps || isLookLeft()) {
    // Stopped in a look, or while the next batches were made, which takes reinforcement minutes.
    if (savedAt < at) yield await save();
    yield { kind: "stop", step: at };
    return;
  }
  const model = join(output, "model");
  await saveModel(model, (await stage.finish?.(trained)) ?? trained, stage, recipe.dtype);
  yield { kind: "finish", step: at, model };
}

/** Whether the recipe asks for a look at the model after so many steps. */
function isLookDue({ steps, validation }: AnyRecipe, step: number): boolean {
  if (!validation) return false;
  return step === 0 ? validation.atStart : step === steps || step % validation.every === 0;
}

function openOptimizer(
  { optimizer, averageDecay }: AnyRecipe,
  backend: Backend,
  { specs }: Objective,
  isDecayed: (name: string) => boolean,
): Optimizer {
  const adam = { ...optimizer, isDecayed };
  const moving =
    optimizer.type === "adamw"
      ? adamW(backend, specs, adam)
      : muon(backend, specs, { ...optimizer, isMatrix: hiddenMatrices(specs), others: adam });
  return averageDecay === undefined ? moving : averaging(moving, averageDecay);
}

/** Weights in the order of the objective's parameters; those of a model that is loaded may stand in another. */
function inOrder(weights: Weights, { specs }: Objective): Weights {
  return new Map(specs.map(({ name }) => [name, weights.get(name) as NonNullable<ReturnType<Weights["get"]>>]));
}

function scalarsOf({ loss, losses, learningRate, gradientNorm, numTokens, seconds }: StepReport) {
  // What has a heading of its own, such as "reward/t2i", keeps it.
  const titled = Object.entries(losses).map(([name, value]) => [name.includes("/") ? name : `loss/${name}`, value]);
  const tokensPerSecond = numTokens / seconds;
  return { "loss/total": loss, ...Object.fromEntries(titled), learningRate, gradientNorm, tokensPerSecond };
}

async function keepValidation(
  { losses, pictures, answers }: Validation,
  step: number,
  output: string,
  events: EventWriter,
): Promise<void> {
  await events.scalars(
    step,
    Object.fromEntries(Object.entries(losses).map(([name, value]) => [`validation/${name}`, value])),
  );
  const directory = join(output, "samples");
  await mkdir(directory, { recursive: true });
  const stem = join(directory, `step-${String(step).padStart(6, "0")}`);
  for (const [name, image] of Object.entries(pictures)) {
    const png = await encodeImage(image);
    await writeFileAtomically(`${stem}-${name}.png`, [png]);
    await events.pictures(step, { [name]: { width: image.width, height: image.height, png } });
  }
  if (answers.length > 0) {
    await writeText(`${stem}-answers.jsonl`, answers.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}

/** The inputs of what went wrong, to be looked at: `diverged-STEP-BATCH.safetensors`. */
async function keepDivergedBatches(output: string, { step, batches, message }: DivergenceError): Promise<void> {
  for (const [i, { inputs }] of batches.entries()) {
    const path = join(output, `diverged-${String(step).padStart(6, "0")}-${i}.safetensors`);
    await writeFileAtomically(path, encodeSafetensors(Object.entries(inputs), { fault: message }));
  }
}

/** A model directory that others load; it appears when all of it is there. */
async function saveModel(path: string, weights: Weights, stage: Stage, dtype: AnyRecipe["dtype"]): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await attempt(temporary, "create", () => mkdir(temporary, { recursive: true }));
  for (const [name, text] of Object.entries(stage.files)) await writeText(join(temporary, name), text);
  for (const [name, directory] of Object.entries(stage.directories)) {
    await attempt(directory, "copy", () =>
      cp(directory, join(temporary, name), { recursive: true, dereference: true }),
    );
  }
  await saveModelWeights(temporary, weights, { dtype });
  await rm(path, { recursive: true, force: true });
  await attempt(path, "write", () => rename(temporary, path));
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomically(path, [new TextEncoder().encode(text)]);
}
