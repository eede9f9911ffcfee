// Train a tiny masked-diffusion transformer from code, then let it fill gaps. It learns to count on by ones, twos or threes.
// Run it: node examples/train.js
import {
  adamW,
  compileGradientStep,
  createMaskPredictor,
  createRandom,
  denoiseFully,
  drawTime,
  forwardProcess,
  initializeParameters,
  openBackend,
  parseTransformerConfig,
  pretrainingObjective,
  seededNoise,
  tensor,
  train,
  warmupCosine,
} from "mmada";

const [LENGTH, ROWS, STEPS] = [8, 32, 600];
const [MASK, PAD] = [10, 11]; // after the ten digits
const config = parseTransformerConfig({
  d_model: 32,
  n_layers: 2,
  n_heads: 4,
  vocab_size: 12,
  mask_token_id: MASK,
  eos_token_id: PAD,
  pad_token_id: PAD,
});

// Data: rows such as 3 5 7 9 1 3 5 7, each noised at its own time t.
const rng = createRandom("train");
const countOn = (first, step) => Int32Array.from({ length: LENGTH }, (_, i) => (first + i * step) % 10);
const allMaskable = new Uint8Array(LENGTH).fill(1);

function nextBatch() {
  const shape = [ROWS, LENGTH];
  const ids = new Int32Array(ROWS * LENGTH);
  const [places, targets, weights] = [[], [], []];
  for (let row = 0; row < ROWS; row++) {
    const cleanIds = countOn(Math.floor(rng.uniform() * 10), 1 + Math.floor(rng.uniform() * 3));
    const t = drawTime(rng);
    const { noisyIds, isMasked, maskProb } = forwardProcess(cleanIds, allMaskable, t, { kind: "counted" }, MASK, rng);
    ids.set(noisyIds, row * LENGTH);
    for (let i = 0; i < LENGTH; i++) {
      if (!isMasked[i]) continue;
      places.push(row * LENGTH + i);
      targets.push(cleanIds[i]);
      weights.push(1 / (maskProb * ROWS * LENGTH)); // the bound on the likelihood weighs a masked place by 1/t
    }
  }
  const inputs = {
    ids: tensor("int32", shape, ids),
    segmentIds: tensor("int32", shape, new Int32Array(ids.length).fill(1)),
    positions: tensor(
      "int32",
      shape,
      ids.map((_, i) => i % LENGTH),
    ),
    places: tensor("int32", [places.length], Int32Array.from(places)),
    targets: tensor("int32", [places.length], Int32Array.from(targets)),
    weights: tensor("float32", [places.length], Float32Array.from(weights)),
  };
  return { inputs, numTokens: ids.length, accounts: () => ({}) };
}

// Training: the loop is a generator, so what happens between steps is up to whoever runs it.
const backend = await openBackend("cpu");
const objective = pretrainingObjective(config);
const weights = initializeParameters(objective.specs, createRandom(0));
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  isDecayed: () => true,
});
const step = await compileGradientStep(backend, objective);
const run = train({
  step,
  weights,
  optimizer,
  optimizerState: optimizer.createState(new Map([...weights].map(([name, { data }]) => [name, data]))),
  learningRate: (update) => warmupCosine(update, { peak: 6e-3, warmupSteps: 20, floor: 0.05, totalSteps: STEPS }),
  batches: { next: async () => [nextBatch()], state: () => rng.state() },
  startStep: 0,
  totalSteps: STEPS,
  maxGradientNorm: 1,
});
for await (const { step, loss } of run) if (step % 100 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}`);

// Sampling: a canvas with masks wherever a digit is wanted.
const predictor = createMaskPredictor(backend, config, { weights, areTrained: true });
const special = /** @type {any} */ ({ mask: MASK, pad: PAD });
const vocabulary = { size: 12, textSize: 12, codebookSize: 0, imageOffset: 12, special };
const show = (ids) => Array.from(ids, (id) => (id === MASK ? "░" : id)).join(" ");
for (const given of [
  [2, 4],
  [9, 0],
  [5, MASK, MASK, MASK, 3],
]) {
  const ids = Int32Array.from({ length: LENGTH }, (_, i) => given[i] ?? MASK);
  /** @type {import("mmada").Row} */
  const row = { task: "lm", ids, spans: {}, isMaskable: allMaskable, isReal: allMaskable };
  /** @type {import("mmada").SamplerSettings} */
  const settings = {
    steps: LENGTH,
    remasking: "low-confidence",
    schedule: "even",
    temperature: 0,
    choiceTemperature: 0,
    choiceAnnealing: "linear",
    guidanceScale: 0,
  };
  const canvas = { row, settings, range: { start: 0, end: 10 }, noise: seededNoise(createRandom(0)) };
  const [filled] = await denoiseFully(predictor.predict, vocabulary, [canvas]);
  console.log(`${show(ids)}  →  ${show(filled.ids)}`);
}

await predictor.dispose();
await step.dispose();
