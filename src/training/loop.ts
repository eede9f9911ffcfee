/**
 * The one training loop: batches in, gradients, clipping, an update, and a report of every step out. It is an async generator that
 * stands still between steps, so whoever consumes it saves checkpoints, validates, draws samples and stops when it likes. Knows
 * nothing of tasks, files or recipes.
 */
import type { NamedTensors } from "../runtime/backend.js";
import { type Accounts, readAccounts } from "./accounts.js";
import type { GradientStep, Weights } from "./objective.js";
import { type Arrays, clippingScale, globalNorm, type Optimizer, type OptimizerState, zerosLike } from "./optimizer.js";

/** What the graph is run on at once, and how to read what comes out. */
export interface Batch {
  readonly inputs: NamedTensors;
  /** Places that carry something, for the count of tokens per second. */
  readonly numTokens: number;
  /** How the loss of each task (or other parts of the loss) is read from the graph's outputs. */
  readonly accounts: Accounts;
  /** What in the outputs ends the run, besides a loss that is no number; undefined when nothing does. */
  findFault?(outputs: NamedTensors): Fault | undefined;
}

/** A number that is out of hand. */
export interface Fault {
  readonly what: string;
  readonly value: number;
}

/** Where batches come from. Both methods are called between steps only. */
export interface BatchSource {
  /**
   * The batches of one step. Their gradients and losses are added up (accumulation), so their weights are to be
   * shares of the whole step: then 8 batches of one row do exactly what a batch of 8 does.
   */
  next(): Promise<readonly Batch[]>;
  /** What it takes to go on from here after a restart, as plain JSON. */
  state(): unknown;
}

/** All that a training run is made of. */
export interface TrainingRun {
  readonly step: GradientStep;
  /** Float32 masters, updated in place. */
  readonly weights: Weights;
  readonly optimizer: Optimizer;
  /** Updated in place; `createState` of the optimizer makes a fresh one. */
  readonly optimizerState: OptimizerState;
  /** The learning rate of update `step`, 0 being the first. */
  readonly learningRate: (step: number) => number;
  readonly batches: BatchSource;
  /** Updates that were made before; 0 for a fresh run. */
  readonly startStep: number;
  /** Updates after which training is over, the earlier ones included. */
  readonly totalSteps: number;
  /** Gradients are scaled down to this global norm; left out: as they are. */
  readonly maxGradientNorm?: number;
  /** Stops after the step that is under way, or before its update where its batches are still being made. */
  readonly signal?: AbortSignal;
}

/** What a step did. */
export interface StepReport {
  /** Updates made so far, this one included. */
  readonly step: number;
  readonly loss: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly numTokens: number;
  /** Of the step itself, batches included. */
  readonly seconds: number;
}

/** A loss or gradient that is no number, or another fault. The weights are those of the step before. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
  readonly step: number;
  /** The batch that it came of; of gradients all batches of the step. */
  readonly batches: readonly Batch[];
  constructor(step: number, { what, value }: Fault, batches: readonly Batch[]) {
    super(
      `step ${step}: the ${what} is ${value}. Weights were left as they were before this step; go on from the last checkpoint ` +
        "with a lower learning rate, a longer warm-up or a smaller gradient norm, or look at the data of this step.",
    );
    this.step = step;
    this.batches = batches;
  }
}

/**
 * Trains from `startStep` to `totalSteps`, yielding after every update.
 * @throws DivergenceError before an update whose loss or gradients are infinite or no numbers, or whose batch finds a fault
 */
export async function* train(run: TrainingRun): AsyncGenerator<StepReport, void, void> {
  const parameters = arraysOf(run.weights);
  const ownGradients = arraysOf(run.step.gradients);
  let sum: Arrays | undefined;
  for (let step = run.startStep; step < run.totalSteps && !run.signal?.aborted; step++) {
    const start = performance.now();
    const batches = await unlessStopped(() => run.batches.next(), run.signal);
    if (!batches) return;
    let loss = 0;
    let numTokens = 0;
    const losses: Record<string, number> = {};
    if (batches.length > 1) sum ??= zerosLike(parameters);
    const gradients = batches.length > 1 ? (sum as Arrays) : ownGradients;
    for (const [i, batch] of batches.entries()) {
      const outputs = await run.step.run(run.weights, batch.inputs);
      loss += Number(outputs.loss.data[0]);
      const fault = Number.isFinite(loss) ? batch.findFault?.(outputs) : { what: "loss", value: loss };
      if (fault) throw new DivergenceError(step + 1, fault, [batch]);
      for (const [name, value] of Object.entries(readAccounts(batch.accounts, outputs)))
        losses[name] = (losses[name] ?? 0) + value;
      numTokens += batch.numTokens;
      if (batches.length > 1) accumulate(gradients, ownGradients, i === 0);
    }
    const gradientNorm = globalNorm(gradients);
    if (!Number.isFinite(gradientNorm)) {
      throw new DivergenceError(step + 1, { what: "norm of the gradients", value: gradientNorm }, batches);
    }
    const learningRate = run.learningRate(step);
    const scale = run.maxGradientNorm === undefined ? 1 : clippingScale(gradientNorm, run.maxGradientNorm);
    await run.optimizer.update(parameters, gradients, run.optimizerState, learningRate, scale);
    const seconds = (performance.now() - start) / 1000;
    yield { step: step + 1, loss, losses, learningRate, gradientNorm, numTokens, seconds };
  }
}

/** What comes of work; undefined where the signal has ended it. */
export async function unlessStopped<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** The data of tensors, by name; not copied. */
export function arraysOf(tensors: Weights): Arrays {
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}

function accumulate(sum: Arrays, gradients: Arrays, isFirst: boolean): void {
  for (const [name, total] of sum) {
    const part = gradients.get(name) as Float32Array;
    if (isFirst) total.set(part);
    else for (let i = 0; i < total.length; i++) total[i] += part[i];
  }
}
