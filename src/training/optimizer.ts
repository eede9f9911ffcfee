/**
 * Optimizers: how float32 masters move, given gradients, and clipping by the global norm. Each is a rule over symbolic tensors; an update
 * of all parameters is one graph, which runs where the model runs. When to update, and at which learning rate, is the loop's business.
 */
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ParameterSpec } from "../model/parameters.js";
import type { Backend, Executable, NamedTensors } from "../runtime/backend.js";

/** Float32 values by parameter name. */
export type Arrays = ReadonlyMap<string, Float32Array>;

/** All that an optimizer remembers between updates: plain data, which checkpoints save as it is. */
export interface OptimizerState {
  numUpdates: number;
  /** Arrays kept for parameters, such as the moments of AdamW: by what they are, then by parameter. */
  readonly slots: Readonly<Record<string, Arrays>>;
}

/** How parameters move, given gradients; it remembers nothing itself. */
export interface Optimizer {
  /** What it remembers before the first update. */
  createState(parameters: Arrays): OptimizerState;
  /** One update of parameters and state, in place. Every gradient is first multiplied by `gradientScale` (clipping). */
  update(
    parameters: Arrays,
    gradients: Arrays,
    state: OptimizerState,
    learningRate: number,
    gradientScale: number,
  ): void | Promise<void>;
  /** Gives the memory of the compiled graph back. */
  dispose?(): Promise<void>;
}

/** A parameter in the graph of an update, with what is remembered for it. */
export interface ParameterState {
  readonly parameter: Symbolic;
  readonly slots: Readonly<Record<string, Symbolic>>;
}

/** The same before an update. */
export interface ParameterWithGradient extends ParameterState {
  readonly name: string;
  /** Clipped. */
  readonly gradient: Symbolic;
}

/** How parameters move: a function over symbolic tensors. */
export interface UpdateRule<Scalars extends string = string> {
  /** What is remembered for each parameter, in its shape; zeros at first. */
  readonly slots: readonly string[];
  /** Numbers that all parameters share, from the count of updates, this one included. */
  scalars(numUpdates: number, learningRate: number): Readonly<Record<Scalars, number>>;
  /** Parameters of one shape, each updated. A value that is given is to be read by one operation: results are written over it. */
  update(members: readonly ParameterWithGradient[], scalars: Readonly<Record<Scalars, Symbolic>>): ParameterState[];
}

/** Settings of AdamW, named as in its paper. */
export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decay of the parameters that `isDecayed` names, multiplied by the learning rate. */
  readonly weightDecay: number;
  /** Which parameters decay: see `decayedParameters`. */
  readonly isDecayed: (name: string) => boolean;
}

/** AdamW (arXiv 1711.05101), as PyTorch computes it. */
export function adamW(backend: Backend, specs: readonly ParameterSpec[], settings: AdamWSettings): Optimizer {
  const rule = adamWRule(settings);
  return createOptimizer(backend, specs, () => rule);
}

/** The same as a rule, for optimizers that have others beside it. */
export function adamWRule(settings: AdamWSettings): UpdateRule<"stepSize" | "correction" | "keep"> {
  const { beta1, beta2, epsilon, weightDecay, isDecayed } = settings;
  return {
    slots: ["first", "second"],
    scalars: (numUpdates, learningRate) => ({
      stepSize: learningRate / (1 - beta1 ** numUpdates),
      correction: 1 / Math.sqrt(1 - beta2 ** numUpdates),
      keep: 1 - learningRate * weightDecay,
    }),
    update: (members, { stepSize, correction, keep }) =>
      members.map(({ name, parameter, gradient, slots }) => {
        const first = op.add(op.mul(slots.first, beta1), op.mul(gradient, 1 - beta1));
        const second = op.add(op.mul(slots.second, beta2), op.mul(op.square(gradient), 1 - beta2));
        const deviation = op.add(op.mul(op.sqrt(second), correction), epsilon);
        const kept = isDecayed(name) ? op.mul(parameter, keep) : parameter;
        return { parameter: op.sub(kept, op.div(op.mul(first, stepSize), deviation)), slots: { first, second } };
      }),
  };
}

/** An optimizer that moves each parameter by its rule. */
export function createOptimizer(
  backend: Backend,
  specs: readonly ParameterSpec[],
  ruleOf: (spec: ParameterSpec) => UpdateRule,
): Optimizer {
  const rules = [...new Set(specs.map(ruleOf))];
  const numberOf = new Map(specs.map((spec) => [spec.name, rules.indexOf(ruleOf(spec))]));
  const slotsOf = (name: string) => rules[numberOf.get(name) as number].slots;
  const slotNames = [...new Set(rules.flatMap(({ slots }) => slots))];
  let compiled: Promise<Executable> | undefined;
  return {
    createState: (parameters) => ({
      numUpdates: 0,
      slots: Object.fromEntries(
        slotNames.map((slot) => [
          slot,
          zerosLike(new Map([...parameters].filter(([name]) => slotsOf(name).includes(slot)))),
        ]),
      ),
    }),
    async update(parameters, gradients, state, learningRate, gradientScale) {
      compiled ??= compileGraph(backend, updateOutputs(specs, rules, numberOf));
      const executable = await compiled;
      state.numUpdates++;
      const scalar = (value: number) => tensor("float32", [], Float32Array.of(value));
      const inputs: Record<string, NamedTensors[string]> = { gradientScale: scalar(gradientScale) };
      rules.forEach((rule, i) => {
        for (const [name, value] of Object.entries(rule.scalars(state.numUpdates, learningRate)))
          inputs[scalarName(i, name)] = scalar(value);
      });
      const outputs: Record<string, NamedTensors[string]> = {};
      for (const { name, shape } of specs) {
        const at = (arrays: Arrays) => tensor("float32", shape, arrays.get(name) as Float32Array);
        inputs[`gradient.${name}`] = at(gradients);
        const held = { parameter: parameters, ...pickSlots(state, slotsOf(name)) };
        for (const [what, arrays] of Object.entries(held)) {
          inputs[`${what}.${name}`] = at(arrays);
          outputs[updatedName(what, name)] = at(arrays);
        }
      }
      await executable.run(inputs, outputs);
    },
    async dispose() {
      // A graph that was not compiled has failed its update already.
      await (await compiled?.catch(() => undefined))?.dispose();
    },
  };
}

const scalarName = (rule: number, name: string) => `scalar.${rule}.${name}`;
const updatedName = (what: string, name: string) => `updated.${what}.${name}`;

function pickSlots({ slots }: OptimizerState, names: readonly string[]): Record<string, Arrays> {
  return Object.fromEntries(names.map((name) => [name, slots[name]]));
}

/** The graph of an update of all parameters. */
function updateOutputs(
  specs: readonly ParameterSpec[],
  rules: readonly UpdateRule[],
  numberOf: ReadonlyMap<string, number>,
): Record<string, Symbolic> {
  const gradientScale = op.input("gradientScale", "float32", []);
  const outputs: Record<string, Symbolic> = {};
  rules.forEach((rule, number) => {
    const names = Object.keys(rule.scalars(1, 0));
    const scalars = Object.fromEntries(names.map((name) => [name, op.input(scalarName(number, name), "float32", [])]));
    const own = specs.filter(({ name }) => numberOf.get(name) === number);
    for (const members of groupByShape(own)) {
      const given = members.map(({ name, shape }): ParameterWithGradient => {
        const at = (what: string) => op.input(`${what}.${name}`, "float32", shape);
        return {
          name,
          parameter: at("parameter"),
          gradient: op.mul(at("gradient"), gradientScale),
          slots: Object.fromEntries(rule.slots.map((slot) => [slot, at(slot)])),
        };
      });
      rule.update(given, scalars).forEach(({ parameter, slots }, i) => {
        for (const [what, value] of Object.entries({ parameter, ...slots }))
          outputs[updatedName(what, members[i].name)] = value;
      });
    }
  });
  return outputs;
}

function groupByShape(specs: readonly ParameterSpec[]): ParameterSpec[][] {
  const shapes = new Map<string, ParameterSpec[]>();
  for (const spec of specs) shapes.set(`${spec.shape}`, [...(shapes.get(`${spec.shape}`) ?? []), spec]);
  return [...shapes.values()];
}

/** The groups of decay: matrices and kernels have it; norms and biases, which have one axis, do not. */
export function decayedParameters(
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
): (name: string) => boolean {
  const names = new Set(specs.filter(({ shape }) => shape.length > 1).map(({ name }) => name));
  return (name) => names.has(name);
}

/** Zeros beside each parameter. */
export function zerosLike(parameters: Arrays): Arrays {
  return new Map([...parameters].map(([name, { length }]) => [name, new Float32Array(length)]));
}

/** The Euclidean norm of all gradients together. */
export function globalNorm(gradients: Arrays): number {
  let sum = 0;
  for (const values of gradients.values()) {
    // Four sums at a time: each addition need not wait for the one before.
    let [a, b, c, d] = [0, 0, 0, 0];
    const end = values.length - (values.length % 4);
    for (let i = 0; i < end; i += 4) {
      a += values[i] * values[i];
      b += values[i + 1] * values[i + 1];
      c += values[i + 2] * values[i + 2];
      d += values[i + 3] * values[i + 3];
    }
    for (let i = end; i < values.length; i++) a += values[i] * values[i];
    sum += a + b + c + d;
  }
  return Math.sqrt(sum);
}

/** What gradients of this norm are multiplied by, so that it becomes at most `maxNorm` (PyTorch's `clip_grad_norm_`). */
export function clippingScale(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}
