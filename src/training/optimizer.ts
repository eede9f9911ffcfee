/**
 * Optimizers: how float32 masters move, given gradients. Here AdamW (arXiv 1711.05101) as PyTorch computes it, in plain loops, and
 * clipping by the global norm. When to update, and at which learning rate, is the loop's business.
 */

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

/** AdamW (arXiv 1711.05101), step for step as PyTorch computes it. */
export function adamW(settings: AdamWSettings): Optimizer {
  return {
    createState: (parameters) => ({
      numUpdates: 0,
      slots: { first: zerosLike(parameters), second: zerosLike(parameters) },
    }),
    update(parameters, gradients, state, learningRate, gradientScale) {
      const { beta1, beta2, epsilon, weightDecay, isDecayed } = settings;
      state.numUpdates++;
      const stepSize = learningRate / (1 - beta1 ** state.numUpdates);
      const correction = 1 / Math.sqrt(1 - beta2 ** state.numUpdates);
      for (const [name, values] of parameters) {
        const g = gradients.get(name) as Float32Array;
        const m = state.slots.first.get(name) as Float32Array;
        const v = state.slots.second.get(name) as Float32Array;
        const keep = 1 - (isDecayed(name) ? learningRate * weightDecay : 0);
        for (let i = 0; i < values.length; i++) {
          const gradient = g[i] * gradientScale;
          const first = beta1 * m[i] + (1 - beta1) * gradient;
          const second = beta2 * v[i] + (1 - beta2) * gradient * gradient;
          m[i] = first;
          v[i] = second;
          values[i] = values[i] * keep - (stepSize * first) / (Math.sqrt(second) * correction + epsilon);
        }
      }
    },
  };
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
    let part = 0;
    for (let i = 0; i < values.length; i++) part += values[i] * values[i];
    sum += part;
  }
  return Math.sqrt(sum);
}

/** What gradients of this norm are multiplied by, so that it becomes at most `maxNorm` (PyTorch's `clip_grad_norm_`). */
export function clippingScale(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}
