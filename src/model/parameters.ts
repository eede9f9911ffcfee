/**
 * Parameters of a network: one description per network (its names on disk, shapes and initializations) from which the
 * symbolic tensors of its graph, the list that files are checked against, and fresh weights are all made.
 */
import { createRandom, normal, type Random } from "../array/random.js";
import { sizeOf, type Tensor, tensor } from "../array/tensor.js";
import { parameter } from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";

/** How a parameter starts: all alike, normal cut off at three deviations, or uniform in ±bound. */
export type Initialization =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "truncatedNormal"; readonly deviation: number }
  | { readonly kind: "uniform"; readonly bound: number };

/** A parameter of a network: its name on disk, its shape, and how it starts. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialization: Initialization;
}

/** Turns the description of a parameter into what stands in its place: a symbolic tensor, a spec, … */
export interface ParameterMaker<P> {
  (name: string, shape: readonly number[], initialization: Initialization): P;
  /** Where linear layers have adapters beside them: that of a layer by its name on disk, undefined where it has none. See `lora.ts`. */
  readonly adapt?: (layer: string, outputs: number, inputs: number) => LinearAdapter<P> | undefined;
  /** Where the output head, which has many rows, is made otherwise than other matrices. See `quantized-base.ts`. */
  readonly makeHead?: ParameterMaker<P>;
}

/** What is added to a linear layer: scale·(x·downᵀ)·upᵀ, with down [rank, in] and up [out, rank]. */
export interface LinearAdapter<P> {
  readonly down: P;
  readonly up: P;
  readonly scale: number;
}

/** Rows of an output head that become floats at a time, where it is kept in few bits. */
export const HEAD_PIECE = 8192;

/** The maker of graph parameters. */
export const symbolicParameter: ParameterMaker<Symbolic> = (name, shape) => parameter(name, shape);

/** All parameters of a network, in the order of its description. `network` is such as `transformerParameters`. */
export function listParameters(network: (make: ParameterMaker<ParameterSpec>) => unknown): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  network((name, shape, initialization) => {
    const spec = { name, shape, initialization };
    specs.push(spec);
    return spec;
  });
  return specs;
}

/** Fresh weights by name. Each depends on the seed and its own name alone. */
export function initializeParameters(
  specs: readonly ParameterSpec[],
  rng: Random = createRandom(0),
): Map<string, Tensor<"float32">> {
  return new Map(
    specs.map(({ name, shape, initialization }) => {
      const draw = sampler(initialization, rng.fork(name));
      return [name, tensor("float32", shape, Float32Array.from({ length: sizeOf(shape) }, draw))];
    }),
  );
}

function sampler(initialization: Initialization, rng: Random): () => number {
  switch (initialization.kind) {
    case "constant":
      return () => initialization.value;
    case "uniform":
      return () => initialization.bound * (2 * rng.uniform() - 1);
    case "truncatedNormal":
      return () => {
        let value = normal(rng);
        while (Math.abs(value) > 3) value = normal(rng);
        return initialization.deviation * value;
      };
    default:
      return initialization satisfies never;
  }
}
