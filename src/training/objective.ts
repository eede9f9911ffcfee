/**
 * What is trained: a scalar loss over named parameters, as a graph. Knows no optimizer, no data and no loop; pretraining, the image
 * tokenizer and reinforcement learning each make one.
 */
import type { Tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import { type GradientOptions, gradient } from "../graph/gradient.js";
import type { Symbolic } from "../graph/symbolic.js";
import { type LoraConfig, withAdapters } from "../model/lora.js";
import { type ParameterMaker, type ParameterSpec, symbolicParameter } from "../model/parameters.js";
import { frozenParameter } from "../model/quantized-base.js";
import type { Backend, Executable, NamedTensors } from "../runtime/backend.js";

/** A scalar loss as a graph over named parameters. */
export interface Objective {
  /** Trained parameters, in the order of the network's description. */
  readonly specs: readonly ParameterSpec[];
  readonly parameters: ReadonlyMap<string, Symbolic>;
  /** A scalar. Gradients of several batches add up, so weights in a batch decide what an average is. */
  readonly loss: Symbolic;
  /** Further results of a step: losses of single places, parts of the loss, … */
  readonly reports: Readonly<Record<string, Symbolic>>;
}

/**
 * An objective from a function that builds its graph, given a maker of parameters.
 * @param lora trains adapters beside the linear layers instead; the network's own parameters are frozen
 */
export function createObjective(
  build: (make: ParameterMaker<Symbolic>) => { loss: Symbolic; reports: Record<string, Symbolic> },
  lora?: LoraConfig,
): Objective {
  const specs: ParameterSpec[] = [];
  const parameters = new Map<string, Symbolic>();
  const makeTrained: ParameterMaker<Symbolic> = (name, shape, initialization) => {
    const made = symbolicParameter(name, shape, initialization);
    specs.push({ name, shape, initialization });
    parameters.set(name, made);
    return made;
  };
  const make = lora ? withAdapters(frozenParameter(lora.base), lora, makeTrained) : makeTrained;
  return { specs, parameters, ...build(make) };
}

/** Float32 masters by name. */
export type Weights = ReadonlyMap<string, Tensor<"float32">>;

/** An objective that can be computed, with buffers for the gradients of all its parameters. */
export interface GradientStep {
  /** Overwritten by every run. */
  readonly gradients: Weights;
  /** Loss and reports of a batch; gradients are left in `gradients`. */
  run(weights: Weights, batch: NamedTensors): Promise<Record<string, Tensor>>;
  /** Gives the memory of the compiled graph back. */
  dispose(): Promise<void>;
}

const GRADIENT_PREFIX = "gradient.";

/** The graph of a step: loss, reports, and the gradients of all parameters by their prefixed names. */
export function stepOutputs(objective: Objective, options?: GradientOptions): Record<string, Symbolic> {
  const names = [...objective.parameters.keys()];
  const results = gradient(objective.loss, [...objective.parameters.values()], options);
  return {
    loss: objective.loss,
    ...objective.reports,
    ...Object.fromEntries(results.map((result, i) => [GRADIENT_PREFIX + names[i], result])),
  };
}

/**
 * Compiles an objective with its gradients: forward and backward in one graph.
 * @param frozen the network's own weights, where adapters are trained beside them
 */
export async function compileGradientStep(
  backend: Backend,
  objective: Objective,
  frozen: ReadonlyMap<string, Tensor> = new Map(),
  options: GradientOptions = {},
): Promise<GradientStep> {
  // Where memory is what counts, none of it is held back between operations.
  const isMemoryKept = !options.isRecomputing;
  const executable = await compileGraph(backend, stepOutputs(objective, options), { isMemoryKept });
  const gradients = new Map(
    objective.specs.map(({ name, shape }) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [name, { dtype: "float32", shape, data: new Float32Array(size) } satisfies Tensor<"float32">];
    }),
  );
  const buffers = Object.fromEntries([...gradients].map(([name, buffer]) => [GRADIENT_PREFIX + name, buffer]));
  return {
    gradients,
    async run(weights, batch) {
      const given = { ...batch, ...Object.fromEntries(frozen), ...Object.fromEntries(weights) };
      const outputs = await executable.run(given, buffers);
      return Object.fromEntries(Object.entries(outputs).filter(([name]) => !name.startsWith(GRADIENT_PREFIX)));
    },
    dispose: () => executable.dispose(),
  };
}

/** Compiles an objective's loss and reports alone, for validation. */
export function compileLoss(backend: Backend, objective: Objective): Promise<Executable> {
  return compileGraph(backend, { loss: objective.loss, ...objective.reports });
}
