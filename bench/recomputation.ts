/**
 * What computing activations again saves of memory, and costs in time: the same step of the same network with and without, each in a
 * process of its own, whose largest resident memory counts.
 *
 *     npm run bench -- recomputation [--layers 12] [--width 256] [--rows 8] [--length 256] [--steps 3]
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import {
  compileGradientStep,
  createRandom,
  initializeParameters,
  openBackend,
  parseTransformerConfig,
  pretrainingObjective,
  tensor,
} from "mmada";
import { table, timing } from "./measure.js";

const { values } = parseArgs({
  options: {
    layers: { type: "string", default: "12" },
    width: { type: "string", default: "256" },
    rows: { type: "string", default: "8" },
    length: { type: "string", default: "256" },
    steps: { type: "string", default: "3" },
    as: { type: "string" },
  },
});
const [layers, width, B, T, steps] = [values.layers, values.width, values.rows, values.length, values.steps].map(
  Number,
);

interface Measurement {
  readonly seconds: readonly number[];
  /** Resident megabytes before the first step, and at most. */
  readonly before: number;
  readonly peak: number;
  readonly loss: number;
}

if (values.as) console.log(JSON.stringify(await measure(values.as === "recomputed")));
else {
  const rows = ["kept", "recomputed"].map((way) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [...process.argv.slice(1), "--as", way], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const { seconds, before, peak, loss } = JSON.parse(stdout) as Measurement;
    const { median, fastest, slowest } = timing(seconds);
    const range = `${fastest.toFixed(2)}–${slowest.toFixed(2)}`;
    return [
      way,
      `${before.toFixed(0)} MB`,
      `${(peak - before).toFixed(0)} MB`,
      median.toFixed(2),
      range,
      loss.toFixed(6),
    ];
  });
  console.log(`${layers} layers of width ${width}, ${B} × ${T} places\n`);
  console.log(table([["activations", "before", "more in a step", "seconds", "range", "loss"], ...rows]));
}

async function measure(isRecomputing: boolean): Promise<Measurement> {
  const config = parseTransformerConfig({
    ...{ d_model: width, n_layers: layers, n_heads: width / 64, mlp_hidden_size: 3 * width, vocab_size: 2048 },
    ...{ mask_token_id: 2047, eos_token_id: 0, pad_token_id: 0 },
  });
  const objective = pretrainingObjective(config);
  const step = await compileGradientStep(await openBackend("cpu"), objective, undefined, { isRecomputing });
  const rng = createRandom(0);
  const weights = initializeParameters(objective.specs, rng);
  const draw = (size: number, below: number) =>
    Int32Array.from({ length: size }, () => Math.floor(rng.uniform() * below));
  const M = Math.floor((B * T) / 4);
  const batch = {
    ids: tensor("int32", [B, T], draw(B * T, 2048)),
    segmentIds: tensor("int32", [B, T], new Int32Array(B * T).fill(1)),
    positions: tensor(
      "int32",
      [B, T],
      Int32Array.from({ length: B * T }, (_, i) => i % T),
    ),
    places: tensor(
      "int32",
      [M],
      Int32Array.from({ length: M }, (_, i) => 4 * i),
    ),
    targets: tensor("int32", [M], draw(M, 2048)),
    weights: tensor("float32", [M], new Float32Array(M).fill(1 / M)),
  };
  const before = process.memoryUsage.rss() / 1e6;
  const seconds: number[] = [];
  let loss = 0;
  for (let i = 0; i <= steps; i++) {
    const start = performance.now();
    loss = Number((await step.run(weights, batch)).loss.data[0]);
    if (i > 0) seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, before, peak: process.resourceUsage().maxRSS / 1000, loss };
}
