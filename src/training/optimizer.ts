/** AdamW (arXiv 1711.05101) with clipping by the global norm: plain loops over float32 masters, as PyTorch computes it. */

/** Float32 values by parameter name. */
export type Arrays = ReadonlyMap<string, Float32Array>;

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decay of the parameters that `isDecayed` names, multiplied by the learning rate. */
  readonly weightDecay: number;
  readonly isDecayed: (name: string) => boolean;
}

/** The moments of every parameter, and how many updates they have seen. */
export interface AdamWState {
  numUpdates: number;
  readonly first: Arrays;
  readonly second: Arrays;
}

export function createAdamWState(parameters: Arrays): AdamWState {
  const empty = () => new Map([...parameters].map(([name, { length }]) => [name, new Float32Array(length)]));
  return { numUpdates: 0, first: empty(), second: empty() };
}

/** One update in place. `gradientScale` multiplies every gradient (clipping, averaging). */
export function updateAdamW(
  parameters: Arrays,
  gradients: Arrays,
  state: AdamWState,
  settings: AdamWSettings,
  learningRate: number,
  gradientScale = 1,
): void {
  const { beta1, beta2, epsilon, weightDecay, isDecayed } = settings;
  state.numUpdates++;
  const stepSize = learningRate / (1 - beta1 ** state.numUpdates);
  const correction = 1 / Math.sqrt(1 - beta2 ** state.numUpdates);
  for (const [name, values] of parameters) {
    const g = gradients.get(name) as Float32Array;
    const m = state.first.get(name) as Float32Array;
    const v = state.second.get(name) as Float32Array;
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
