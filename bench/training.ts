/**
 * How fast is a step of training, and does its memory stay flat? A transformer of 4 layers, width 256, 4 heads, MLP 768 and a
 * vocabulary of 4,096, on 8 rows of 256 places, float32: forward, backward and AdamW, beside a plain matrix product on the same
 * backend and, where PyTorch is installed, the same step there.
 *
 *     npm run bench -- training [--rounds 10] [--steps 1000]
 *
 * `--steps` trains so many steps afterwards and tells the resident memory at the 10th and the last.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  adamW,
  compileGradientStep,
  compileGraph,
  createRandom,
  decayedParameters,
  graph,
  initializeParameters,
  openBackend,
  parseTransformerConfig,
  pretrainingObjective,
  tensor,
} from "mmada";
import { type Timing, table, timeInTurns, timing } from "./measure.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "10" }, steps: { type: "string", default: "0" } },
});
const [B, T, SIDE] = [8, 256, 1024];
const config = parseTransformerConfig({
  d_model: 256,
  n_layers: 4,
  n_heads: 4,
  mlp_hidden_size: 768,
  vocab_size: 4096,
  mask_token_id: 4095,
  eos_token_id: 0,
  pad_token_id: 0,
});

const backend = await openBackend("cpu");
const objective = pretrainingObjective(config);
const step = await compileGradientStep(backend, objective);
const rng = createRandom(0);
const weights = initializeParameters(objective.specs, rng);
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  isDecayed: decayedParameters(objective.specs),
});
const arrays = new Map([...weights].map(([name, { data }]) => [name, data]));
const gradients = new Map([...step.gradients].map(([name, { data }]) => [name, data]));
const state = optimizer.createState(arrays);
const numParameters = [...arrays.values()].reduce((sum, { length }) => sum + length, 0);

const places = B * T;
const integers = (length: number, draw: (i: number) => number) => Int32Array.from({ length }, (_, i) => draw(i));
const batch = {
  ids: tensor(
    "int32",
    [B, T],
    integers(places, () => Math.floor(rng.uniform() * 4096)),
  ),
  segmentIds: tensor("int32", [B, T], new Int32Array(places).fill(1)),
  positions: tensor(
    "int32",
    [B, T],
    integers(places, (i) => i % T),
  ),
  places: tensor(
    "int32",
    [places],
    integers(places, (i) => i),
  ),
  targets: tensor(
    "int32",
    [places],
    integers(places, () => Math.floor(rng.uniform() * 4096)),
  ),
  weights: tensor("float32", [places], new Float32Array(places).fill(1 / places)),
};
const trainingStep = async () => {
  await step.run(weights, batch);
  await optimizer.update(arrays, gradients, state, 1e-4, 1);
};

const factor = graph.input("a", "float32", [SIDE, SIDE]);
const product = await compileGraph(backend, { c: graph.matmul(factor, graph.input("b", "float32", [SIDE, SIDE])) });
const square = () =>
  tensor(
    "float32",
    [SIDE, SIDE],
    Float32Array.from({ length: SIDE * SIDE }, () => rng.uniform()),
  );
const factors = { a: square(), b: square() };

// 2 operations for each parameter and token forward, 4 backward; scores and mixing of each layer: 4·B·T²·D forward, twice that back.
const stepFlops = 6 * numParameters * places + 12 * config.numLayers * B * T * T * config.width;
const productFlops = 2 * SIDE ** 3;

const times = await timeInTurns(
  { step: trainingStep, graph: () => step.run(weights, batch), product: () => product.run(factors) },
  { rounds: Number(values.rounds) },
);
const torch = runPyTorch();

const row = (name: string, flops: number, { median, fastest, slowest }: Timing) => {
  const rate = flops / median / 1e9;
  const share = rate / (productFlops / times.product.median / 1e9);
  return [name, median.toFixed(3), `${fastest.toFixed(3)}–${slowest.toFixed(3)}`, rate.toFixed(0), share.toFixed(2)];
};
console.log(
  `${(numParameters / 1e6).toFixed(2)} M parameters, ${B} × ${T} tokens, ${(stepFlops / 1e9).toFixed(0)} GFLOP a step\n`,
);
console.log(
  table([
    ["what", "seconds", "range", "GFLOP/s", "of the product"],
    row(`product ${SIDE}³`, productFlops, times.product),
    row("step: forward, backward, AdamW", stepFlops, times.step),
    row("  forward and backward alone", stepFlops, times.graph),
    ...(typeof torch === "string" ? [] : [row("the same step in PyTorch", stepFlops, torch)]),
  ]),
);
if (typeof torch === "string") console.log(`\nno PyTorch beside: ${torch}`);
console.log(`\nresident memory ${megabytes()} MB`);

const steps = Number(values.steps);
for (let i = 1; i <= steps; i++) {
  await trainingStep();
  if (i === 10 || i === steps) console.log(`resident memory after step ${i}: ${megabytes()} MB`);
}

function megabytes(): string {
  return (process.memoryUsage.rss() / 1e6).toFixed(0);
}

/** The times of `training.py`, or why there are none. */
function runPyTorch(): Timing | string {
  const script = fileURLToPath(new URL("../../bench/training.py", import.meta.url));
  const { status, stdout, stderr, error } = spawnSync("python3", [script, values.rounds], { encoding: "utf8" });
  if (error) return error.message;
  if (status !== 0) return stderr.trim().split("\n").at(-1) ?? "python3 failed";
  return timing(JSON.parse(stdout));
}
