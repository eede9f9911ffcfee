/** Checks gradients of a graph against central differences, computed by the same backend. */
import { createRandom, normal } from "../src/array/random.js";
import { sizeOf, type Tensor, tensor } from "../src/array/tensor.js";
import { compileGraph } from "../src/graph/compile.js";
import { gradient } from "../src/graph/gradient.js";
import { input, mul, sumAll } from "../src/graph/ops.js";
import type { Symbolic } from "../src/graph/symbolic.js";
import type { Backend } from "../src/runtime/backend.js";

/** Deterministic normal deviates. */
export function randomTensor(shape: readonly number[], seed: number | string, scale = 1): Tensor<"float32"> {
  const rng = createRandom(seed);
  return tensor(
    "float32",
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => scale * normal(rng)),
  );
}

/**
 * The largest difference between the gradient of `sum(weights · output)` with respect to `targets` and its central
 * difference, relative to the largest central difference.
 * @param outputShape of the output, where its symbolic shape has names in it
 */
export async function gradientError(
  backend: Backend,
  output: Symbolic,
  targets: readonly Symbolic<"input">[],
  values: Record<string, Tensor>,
  step = 1e-2,
  outputShape: readonly number[] = output.shape.map(Number),
): Promise<number> {
  const weights = randomTensor(outputShape, "weights");
  const loss = sumAll(mul(output, input("weights of the loss", "float32", output.shape)));
  const gradients = gradient(loss, targets);
  const named = Object.fromEntries(targets.map((target, i) => [`d_${target.attributes.name}`, gradients[i]]));
  const executable = await compileGraph(backend, { loss, ...named });
  const given = { ...values, "weights of the loss": weights };
  const analytic = await executable.run(given);
  let largest = 1e-6;
  let error = 0;
  for (const { attributes } of targets) {
    const { shape, data } = values[attributes.name] as Tensor<"float32">;
    const expected = analytic[`d_${attributes.name}`].data as Float32Array;
    for (let i = 0; i < data.length; i++) {
      const at = async (delta: number) => {
        const moved = Float32Array.from(data);
        moved[i] += delta;
        const result = await executable.run({ ...given, [attributes.name]: tensor("float32", shape, moved) });
        return result.loss.data[0] as number;
      };
      const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
      largest = Math.max(largest, Math.abs(numeric));
      error = Math.max(error, Math.abs(numeric - expected[i]));
    }
  }
  await executable.dispose();
  return error / largest;
}
