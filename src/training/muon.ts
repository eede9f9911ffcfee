/**
 * Muon (Jordan et al. 2024): momentum whose matrix is made orthogonal before it moves the weights, for the matrices inside of the
 * blocks; another optimizer for all other parameters. Updates are scaled to the size of AdamW's (Liu et al. 2025, arXiv
 * 2502.16982), so that one learning rate serves both. The orthogonalization is a graph and runs where the model runs.
 */
import { tensor } from "../array/tensor.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ParameterSpec } from "../model/parameters.js";
import { EMBEDDING_NAME, HEAD_NAME } from "../model/transformer.js";
import type { Backend } from "../runtime/backend.js";
import { type AdamWSettings, adamWRule, createOptimizer, type Optimizer, type UpdateRule } from "./optimizer.js";

/** Settings of Muon. */
export interface MuonSettings {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Which parameters it moves; convolution kernels count as matrices with a row for each output. */
  readonly isMatrix: (name: string) => boolean;
  /** AdamW's, for the rest; which matrices decay is said here too. */
  readonly others: AdamWSettings;
}

/** Embeddings and heads of the transformer, and of the other networks what stands next to pixels, texts and codes. */
const isOutside = (name: string) =>
  [EMBEDDING_NAME, HEAD_NAME].includes(name) ||
  /\.(conv_in|conv_out|quant_conv|post_quant_conv|[a-z]+_embedding)\./.test(name);

/** The matrices inside of a network: not norms and biases, not embeddings, heads, and what stands next to pixels and codes. */
export function hiddenMatrices(specs: readonly ParameterSpec[]): (name: string) => boolean {
  const names = new Set(
    specs.filter(({ name, shape }) => shape.length > 1 && !isOutside(name)).map(({ name }) => name),
  );
  return (name) => names.has(name);
}

/** Steps and coefficients of the quintic Newton–Schulz iteration, as published with Muon. */
const ITERATIONS = 5;
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** The factor that gives an orthogonal update the root mean square of an AdamW update. */
const RMS_MATCH = 0.2;

/** Muon for the matrices among `specs`, AdamW for the rest. */
export function muon(backend: Backend, specs: readonly ParameterSpec[], settings: MuonSettings): Optimizer {
  const [matrices, others] = [muonRule(settings), adamWRule(settings.others)];
  return createOptimizer(backend, specs, ({ name }) => (settings.isMatrix(name) ? matrices : others));
}

/** Matrices of one shape are orthogonalized together. */
function muonRule({ momentum, weightDecay, others: { isDecayed } }: MuonSettings): UpdateRule<"learningRate" | "keep"> {
  return {
    slots: ["momentum"],
    scalars: (_, learningRate) => ({ learningRate, keep: 1 - learningRate * weightDecay }),
    update(members, { learningRate, keep }) {
      const { shape } = members[0].parameter;
      const [rows, columns] = [
        Number(shape[0]),
        shape.slice(1).reduce((product: number, dim) => product * Number(dim), 1),
      ];
      const stack = (values: readonly Symbolic[]) =>
        op.concat(
          values.map((value) => op.reshape(value, [1, rows, columns])),
          0,
        );
      const part = (stacked: Symbolic, i: number) => op.reshape(op.slice(stacked, 0, i, i + 1), shape);
      const gradients = stack(members.map(({ gradient }) => gradient));
      const momenta = op.add(op.mul(stack(members.map(({ slots }) => slots.momentum)), momentum), gradients);
      const ahead = op.add(gradients, op.mul(momenta, momentum)); // Nesterov's look
      const stepSize = op.mul(learningRate, RMS_MATCH * Math.sqrt(Math.max(rows, columns)));
      const updates = op.mul(orthogonalize(ahead), stepSize);
      return members.map(({ name, parameter }, i) => ({
        parameter: op.sub(isDecayed(name) ? op.mul(parameter, keep) : parameter, part(updates, i)),
        slots: { momentum: part(momenta, i) },
      }));
    },
  };
}

/** The nearest (semi-)orthogonal matrices to a stack [L, m, n], roughly: singular values come out between 0.7 and 1.2. */
export function orthogonalize(stack: Symbolic): Symbolic {
  const [, m, n] = stack.shape.map(Number);
  const norm = op.sqrt(op.sum(op.square(stack), [1, 2]));
  const unit = op.div(stack, op.add(norm, 1e-7));
  const wide = m > n ? op.transpose(unit, [0, 2, 1]) : unit;
  const result = Math.max(m, n) >= 2 * Math.min(m, n) ? iterateGram(wide) : iterate(wide);
  return m > n ? op.transpose(result, [0, 2, 1]) : result;
}

/** x ← a·x + (b·G + c·G²)·x, with G = x·xᵀ. */
function iterate(x: Symbolic): Symbolic {
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = op.matmul(x, x, { transposeB: true });
    x = op.add(op.mul(x, A), op.matmul(evenTerms(gram), x));
  }
  return x;
}

/**
 * The same for x much wider than high, on the small square matrices alone: every iteration multiplies x from the left by p = a·I + b·G +
 * c·G², which turns G into p·G·p; only their product meets x.
 */
function iterateGram(x: Symbolic): Symbolic {
  const height = Number(x.shape[1]);
  const eye = Float32Array.from({ length: height * height }, (_, i) => (i % (height + 1) === 0 ? A : 0));
  const scaledIdentity = op.constant(tensor("float32", [height, height], eye));
  let gram = op.matmul(x, x, { transposeB: true });
  let product: Symbolic | undefined;
  for (let i = 0; i < ITERATIONS; i++) {
    const factor = op.add(evenTerms(gram), scaledIdentity);
    product = product ? op.matmul(factor, product) : factor;
    if (i < ITERATIONS - 1) gram = op.matmul(op.matmul(factor, gram), factor);
  }
  return op.matmul(product as Symbolic, x);
}

function evenTerms(gram: Symbolic): Symbolic {
  return op.add(op.mul(gram, B), op.mul(op.matmul(gram, gram), C));
}
