/**
 * How fast steps are here, measured on a small part of a run: one block of the recipe's width, with its adapters, base and recomputation,
 * and a short line of places. What a whole step takes follows from its operations.
 */
import { createRandom } from "../array/random.js";
import { type Tensor, tensor, zeros } from "../array/tensor.js";
import { floatOperations } from "../graph/cost.js";
import { type GraphDType, isOperation, type Symbolic, topologicalOrder } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import type { ParameterSpec } from "../model/parameters.js";
import type { Backend } from "../runtime/backend.js";
import { compileGradientStep, type Objective, stepOutputs } from "../training/objective.js";
import { adamW, clippingScale, globalNorm } from "../training/optimizer.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import type { TransformerRecipe } from "./run-cost.js";

/** How fast a step is where it was measured. */
export interface MeasuredSpeed {
  /** Floating-point operations a second of a step of one block, all that is not a product included in the time. */
  readonly operationsPerSecond: number;
  /** Of AdamW's update and the norm of the gradients, for each number that is trained. */
  readonly optimizerSecondsPerNumber: number;
  /** What was measured, in words. */
  readonly proxy: string;
}

const MAX_PLACES = 256;
/** Rows of the vocabulary: enough for a loss. */
const VOCABULARY = 256;
/** Steps that are timed, after one that is not. */
const NUM_STEPS = 2;
/** Numbers that the optimizer is timed on. */
const NUM_OPTIMIZED = 2 ** 21;

/** The network that is measured in place of the whole. */
export function proxyConfig(config: TransformerConfig): TransformerConfig {
  return { ...config, numLayers: 1, vocabularySize: VOCABULARY };
}

/** @throws Error when the backend cannot run the step */
export async function measureStep(
  recipe: TransformerRecipe,
  config: TransformerConfig,
  backend: Backend,
): Promise<MeasuredSpeed> {
  const objective = pretrainingObjective(proxyConfig(config), { lora: recipe.lora });
  const options = { isRecomputing: recipe.recomputation };
  const T = Math.min(MAX_PLACES, recipe.batch.lineLength);
  const M = Math.ceil(T / 2);
  const operations = floatOperations(stepOutputs(objective, options), { B: 1, T, M });
  const { trained, frozen } = randomWeights(objective);
  const step = await compileGradientStep(backend, objective, frozen, options);
  const seconds: number[] = [];
  try {
    for (let i = 0; i <= NUM_STEPS; i++) {
      const start = performance.now();
      await step.run(trained, batchOf(T, M));
      if (i > 0) seconds.push((performance.now() - start) / 1000);
    }
  } finally {
    await step.dispose();
  }
  return {
    operationsPerSecond: operations / Math.min(...seconds),
    optimizerSecondsPerNumber: await measureOptimizer(backend),
    proxy: `a step of one block of width ${config.width} on ${T} places: ${Math.min(...seconds).toFixed(2)} s`,
  };
}

async function measureOptimizer(backend: Backend): Promise<number> {
  const specs: ParameterSpec[] = [
    { name: "weight", shape: [NUM_OPTIMIZED], initialization: { kind: "constant", value: 0 } },
  ];
  const arrays = () => new Map([["weight", new Float32Array(NUM_OPTIMIZED).fill(0.01)]]);
  const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, isDecayed: () => true };
  const optimizer = adamW(backend, specs, settings);
  const [parameters, gradients] = [arrays(), arrays()];
  const state = optimizer.createState(parameters);
  const times: number[] = [];
  for (let i = 0; i <= NUM_STEPS; i++) {
    const start = performance.now();
    await optimizer.update(parameters, gradients, state, 1e-4, clippingScale(globalNorm(gradients), 1));
    times.push(performance.now() - start);
  }
  await optimizer.dispose?.();
  return Math.min(...times) / 1000 / NUM_OPTIMIZED;
}

/** Weights of about the usual size for every parameter of a graph, made as they are kept: what they are does not matter for the time. */
export function randomWeights({ loss, specs }: Objective): {
  readonly trained: Map<string, Tensor<"float32">>;
  readonly frozen: Map<string, Tensor>;
} {
  const isTrained = new Set(specs.map(({ name }) => name));
  const trained = new Map<string, Tensor<"float32">>();
  const frozen = new Map<string, Tensor>();
  for (const node of topologicalOrder([loss])) {
    if (!isOperation(node, "parameter")) continue;
    const { name, dtype } = node.attributes;
    const value = randomWeight(node, dtype);
    if (isTrained.has(name)) trained.set(name, value as Tensor<"float32">);
    else frozen.set(name, value);
  }
  return { trained, frozen };
}

function randomWeight({ attributes: { name }, shape }: Symbolic<"parameter">, dtype: GraphDType): Tensor {
  const value = zeros(dtype, shape.map(Number));
  const columns = Number(shape.at(-1) ?? 1);
  const isScale = name.endsWith(".scales");
  if (shape.length === 1 || isScale) (value.data as Float32Array).fill(isScale ? 1e-4 : 1);
  else {
    // A cheap generator of 32 bits: there are hundreds of millions of numbers.
    const scale = 1 / Math.sqrt(columns) / 2 ** 31;
    let state = Math.floor(createRandom(name).uniform() * 2 ** 32) | 1;
    const data = value.data as Float32Array | Int8Array;
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      data[i] = dtype === "float32" ? state * scale : state >> 24;
    }
  }
  return value;
}

/** One line of T places, the first M of them masked. */
export function batchOf(T: number, M: number): Record<string, Tensor> {
  const count = (size: number) => Int32Array.from({ length: size }, (_, i) => i);
  return {
    ids: tensor("int32", [1, T], new Int32Array(T).fill(1)),
    segmentIds: tensor("int32", [1, T], new Int32Array(T).fill(1)),
    positions: tensor("int32", [1, T], count(T)),
    places: tensor("int32", [M], count(M)),
    targets: tensor(
      "int32",
      [M],
      count(M).map((i) => i % VOCABULARY),
    ),
    weights: tensor("float32", [M], new Float32Array(M).fill(1 / M)),
  };
}
