/**
 * Muon (Jordan et al. 2024): momentum whose matrix is made orthogonal before it moves the weights, for the matrices inside of the
 * blocks; another optimizer for all other parameters. Updates are scaled to the size of AdamW's (Liu et al. 2025, arXiv
 * 2502.16982), so that one learning rate serves both. The orthogonalization is a graph and runs where the model runs.
 */
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { ParameterSpec } from "../model/parameters.js";
import type { Backend, Executable } from "../runtime/backend.js";
import { type Arrays, type Optimizer, zerosLike } from "./optimizer.js";

/** Settings of Muon. */
export interface MuonSettings {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Which parameters it moves; convolution kernels count as matrices with a row for each output. */
  readonly isMatrix: (name: string) => boolean;
}

/** The matrices inside of a network: not norms and biases, not embeddings, heads, and what stands next to pixels and codes. */
export function hiddenMatrices(specs: readonly ParameterSpec[]): (name: string) => boolean {
  const isOutside = (name: string) =>
    /\.(wte|transformer\.ff_out|conv_in|conv_out|quant_conv|post_quant_conv|[a-z]+_embedding)\./.test(name);
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

/** Matrices of one shape, orthogonalized together. */
interface ShapeGroup {
  readonly rows: number;
  readonly columns: number;
  readonly names: readonly string[];
  readonly executable: Promise<Executable>;
  readonly stacked: Float32Array;
}

/** Muon for the matrices among `specs`, `others` for the rest. */
export function muon(
  backend: Backend,
  specs: readonly ParameterSpec[],
  settings: MuonSettings,
  others: Optimizer,
): Optimizer {
  const matrices = specs.filter(({ name }) => settings.isMatrix(name));
  const names = new Set(matrices.map(({ name }) => name));
  const rest = (arrays: Arrays): Arrays => new Map([...arrays].filter(([name]) => !names.has(name)));
  const groups = groupByShape(backend, matrices);
  return {
    createState(parameters) {
      const other = others.createState(rest(parameters));
      const momentum = zerosLike(new Map([...parameters].filter(([name]) => names.has(name))));
      return { numUpdates: 0, slots: { ...other.slots, momentum } };
    },
    async update(parameters, gradients, state, learningRate, gradientScale) {
      for (const group of groups) {
        await updateGroup(group, parameters, gradients, state.slots.momentum, settings, learningRate, gradientScale);
      }
      // The other optimizer counts the update.
      await others.update(rest(parameters), gradients, state, learningRate, gradientScale);
    },
  };
}

async function updateGroup(
  { rows, columns, names, executable, stacked }: ShapeGroup,
  parameters: Arrays,
  gradients: Arrays,
  momenta: Arrays,
  { momentum, weightDecay }: MuonSettings,
  learningRate: number,
  gradientScale: number,
): Promise<void> {
  const size = rows * columns;
  names.forEach((name, index) => {
    const g = gradients.get(name) as Float32Array;
    const m = momenta.get(name) as Float32Array;
    const start = index * size;
    for (let i = 0; i < size; i++) {
      const gradient = g[i] * gradientScale;
      m[i] = momentum * m[i] + gradient;
      stacked[start + i] = gradient + momentum * m[i]; // Nesterov's look ahead
    }
  });
  const run = (await executable).run({ updates: tensor("float32", [names.length, rows, columns], stacked) });
  const orthogonal = (await run).orthogonal.data as Float32Array;
  const keep = 1 - learningRate * weightDecay;
  const stepSize = learningRate * RMS_MATCH * Math.sqrt(Math.max(rows, columns));
  names.forEach((name, index) => {
    const values = parameters.get(name) as Float32Array;
    const start = index * size;
    for (let i = 0; i < size; i++) values[i] = values[i] * keep - stepSize * orthogonal[start + i];
  });
}

function groupByShape(backend: Backend, specs: readonly ParameterSpec[]): ShapeGroup[] {
  const shapes = new Map<string, ParameterSpec[]>();
  for (const spec of specs) shapes.set(`${spec.shape}`, [...(shapes.get(`${spec.shape}`) ?? []), spec]);
  return [...shapes.values()].map((members) => {
    const [rows, ...rest] = members[0].shape;
    const columns = rest.reduce((product, dim) => product * dim, 1);
    const updates = op.input("updates", "float32", [members.length, rows, columns]);
    return {
      rows,
      columns,
      names: members.map(({ name }) => name),
      executable: compileGraph(backend, { orthogonal: orthogonalize(updates) }),
      stacked: new Float32Array(members.length * rows * columns),
    };
  });
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
