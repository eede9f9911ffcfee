import { afterAll, expect, test } from "vitest";
import { tinyConfig, tinyVocabulary } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import { initializeParameters, symbolicParameter } from "../model/parameters.js";
import { hiddenStates, logitsOf, transformerInputs, transformerParameters } from "../model/transformer.js";
import { openBackend } from "../runtime/backends-node.js";
import { batchRows, layoutChat, layoutImage, type Row, unconditionalRow } from "../tokens/sequence.js";
import type { Experience } from "./experience.js";
import { planUpdate } from "./inner-update.js";
import type { Noise } from "./noise/noise.js";
import { createNoise } from "./noise/noises.js";
import { unigrpoObjective } from "./unigrpo-loss.js";

const backend = await openBackend("cpu");
const objective = unigrpoObjective(tinyConfig, { clipEpsilon: 0.2, klBeta: 0, isOfSampling: true });
const weights = Object.fromEntries(initializeParameters(objective.specs, createRandom(4)));
const scorer = await compileGraph(backend, { logProbs: objective.reports.logProbs });
const parameters = transformerParameters(tinyConfig, symbolicParameter);
const network = await compileGraph(backend, {
  logits: logitsOf(tinyConfig, parameters, hiddenStates(tinyConfig, parameters, transformerInputs())),
});
afterAll(async () => {
  await scorer.dispose();
  await network.dispose();
});

/** Logits of each place of a row that stands alone. */
async function logitsByPlace(row: Row): Promise<Float32Array[]> {
  const { logits } = await network.run({ ...batchRows(tinyVocabulary, [row]), ...weights });
  const V = tinyVocabulary.size;
  return Array.from(row.ids, (_, place) => (logits.data as Float32Array).slice(place * V, (place + 1) * V));
}

function logProbOf(id: number, logits: Float32Array): number {
  return logits[id] - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

test("likelihoods of pictures are those of the sampling that draws them, of text the network's own, in one batch", async () => {
  const [s, temperature] = [1.5, 0.5];
  const experienceOf = (row: Row, seed: number): Experience => ({
    row,
    revealSteps: Int32Array.from(row.isMaskable, (flag) => (flag ? 0 : -1)),
    advantages: [{ steps: 1, advantage: 1 }],
    seed,
  });
  const image = [0, 3, 5, 2].map((code) => tinyVocabulary.imageOffset + code);
  const drawing = layoutImage(tinyVocabulary, { prompt: [3, 1, 4], image });
  const chat = layoutChat(tinyVocabulary, { prompt: [2, 7], answer: [7, 7, 1] });
  const noise = createNoise({ kind: "full", promptRatio: 0 });
  const [batch] = planUpdate(
    [experienceOf(drawing, 1), experienceOf(chat, 2)],
    tinyVocabulary,
    {
      numIterations: 1,
      noise: { lm: noise, lm_chat: noise, mmu: noise, t2i: noise, r2i: noise },
      coefficients: { lm: 1, lm_chat: 1, mmu: 1, t2i: 1, r2i: 1 },
      rowsPerBatch: 4,
      lineLength: 24,
      sampling: { guidanceScale: s, temperature },
      maxRatio: 1000,
    },
    0,
  );
  const { logProbs } = await scorer.run({ ...batch.rows, ...weights });

  const masked = (row: Row): Row => ({
    ...row,
    ids: row.ids.map((id, place) => (row.isMaskable[place] ? tinyVocabulary.special.mask : id)),
  });
  const conditional = await logitsByPlace(masked(drawing));
  const alone = unconditionalRow(tinyVocabulary, masked(drawing));
  const unconditional = await logitsByPlace(alone);
  const [start, other] = [drawing.spans.image!.start, alone.spans.image!.start];
  const drawn = image.map((id, i) => {
    const plain = unconditional[other + i];
    return logProbOf(
      id,
      conditional[start + i].map((logit, column) => ((1 + s) * logit - s * plain[column]) / temperature),
    );
  });
  const ofChat = await logitsByPlace(masked(chat));
  const said = Array.from(chat.ids.keys())
    .filter((place) => chat.isMaskable[place])
    .map((place) => logProbOf(chat.ids[place], ofChat[place]));
  expect(batch.advantages.data.length).toBe(drawn.length + said.length);
  const wanted = new Map([...image.map((id, i) => [id, drawn[i]] as const)]);
  const got = Array.from(logProbs.data as Float32Array);
  const targets = Array.from(batch.rows.targets.data as Int32Array);
  for (const [i, id] of targets.entries()) if (wanted.has(id)) expect(got[i]).toBeCloseTo(wanted.get(id) as number, 4);
  const text = got.filter((_, i) => !wanted.has(targets[i]));
  for (const [i, value] of text.entries()) expect(value).toBeCloseTo(said[i], 4);
  // Guidance makes a difference here.
  expect(Math.abs(drawn[0] - logProbOf(image[0], conditional[start]))).toBeGreaterThan(1e-3);
});

test.each([
  { likelihood: "the network's", sampling: undefined },
  { likelihood: "sampling's", sampling: { guidanceScale: 1.5, temperature: 0.5 } },
])(
  "with the likelihood $likelihood, a rollout weighs its task's coefficient, however many places and copies it has",
  ({ sampling }) => {
    const chat = layoutChat(tinyVocabulary, { prompt: [2, 7], answer: [3, 4, 5] });
    const image = [0, 3, 5, 2].map((code) => tinyVocabulary.imageOffset + code);
    const drawing = layoutImage(tinyVocabulary, { prompt: [3], image });
    const { start } = drawing.spans.image!;
    const answer = chat.spans.answer!.start;
    const copiesOf =
      (...copies: number[][]): Noise =>
      () =>
        copies.map((scored) => ({ masked: scored, scored }));
    const none = copiesOf();
    const noise = {
      ...{ lm: none, mmu: none, r2i: none },
      // Two copies with three places in all, and one with four.
      lm_chat: copiesOf([answer, answer + 2], [answer + 1]),
      t2i: copiesOf([start, start + 1, start + 2, start + 3]),
    };
    const experiences: Experience[] = [
      {
        row: chat,
        revealSteps: Int32Array.from(chat.isMaskable, (flag) => (flag ? 0 : -1)),
        advantages: [{ steps: 3, advantage: 0.5 }],
        seed: 1,
      },
      {
        row: drawing,
        // Two codes were there after the first step, one after the second, all after the third.
        revealSteps: drawing.ids.map((_, place) => [0, 2, 1, 0][place - start] ?? -1),
        advantages: [
          { steps: 1, advantage: 5 },
          { steps: 2, advantage: -1 },
          { steps: 3, advantage: 2 },
        ],
        seed: 2,
      },
    ];
    const batches = planUpdate(
      experiences,
      tinyVocabulary,
      {
        numIterations: 1,
        noise,
        coefficients: { lm: 9, lm_chat: 2, mmu: 9, t2i: 0.5, r2i: 9 },
        rowsPerBatch: 2,
        lineLength: 24,
        sampling,
        maxRatio: 1000,
      },
      0,
    );
    // Both copies of the chat, then the picture.
    expect(batches.map(({ weights }) => weights.data.length)).toEqual([3, 4]);
    const places = batches.flatMap(({ rows, advantages, weights, meanWeights }) =>
      Array.from(weights.data, (weight, i) => ({
        target: rows.targets.data[i],
        advantage: advantages.data[i],
        weight,
        meanWeight: meanWeights.data[i],
      })),
    );
    // 2 / (2 rollouts · 3 places), 0.5 / (2 rollouts · 4 places), and 1 / 7 places.
    const ofChat = { advantage: 0.5, weight: Math.fround(1 / 3) };
    const ofDrawing = { weight: 1 / 16 };
    const meanWeight = Math.fround(1 / 7);
    expect(places).toEqual([
      { ...ofChat, target: 3, meanWeight },
      { ...ofChat, target: 5, meanWeight },
      { ...ofChat, target: 4, meanWeight },
      { ...ofDrawing, target: image[0], advantage: 5, meanWeight },
      { ...ofDrawing, target: image[1], advantage: 2, meanWeight },
      { ...ofDrawing, target: image[2], advantage: -1, meanWeight },
      { ...ofDrawing, target: image[3], advantage: 5, meanWeight },
    ]);
  },
);

test.each([
  { likelihood: "the network's", sampling: undefined },
  { likelihood: "sampling's", sampling: { guidanceScale: 1.5, temperature: 0.5 } },
])("with the likelihood $likelihood, lines of any length have the same places in the same order", ({ sampling }) => {
  const rows = [
    layoutChat(tinyVocabulary, { prompt: [2, 7, 1, 8], answer: [1, 2, 3] }),
    layoutChat(tinyVocabulary, { prompt: [3, 1, 4, 1], answer: [4, 5, 6] }),
    layoutImage(tinyVocabulary, { prompt: [3], image: [0, 3, 5, 2].map((code) => tinyVocabulary.imageOffset + code) }),
    layoutChat(tinyVocabulary, { prompt: [2], answer: [7, 8, 9] }),
  ];
  const experiences = rows.map(
    (row, i): Experience => ({
      row,
      revealSteps: Int32Array.from(row.isMaskable, (flag) => (flag ? 0 : -1)),
      advantages: [{ steps: 1, advantage: i }],
      seed: i,
    }),
  );
  const noise = createNoise({ kind: "full", promptRatio: 0 });
  const numbers = ({ data }: Tensor) => Array.from(data as Int32Array | Float32Array);
  const plannedWith = (lineLength: number) => {
    const [{ rows: inputs, advantages }] = planUpdate(
      experiences,
      tinyVocabulary,
      {
        numIterations: 1,
        noise: { lm: noise, lm_chat: noise, mmu: noise, t2i: noise, r2i: noise },
        coefficients: { lm: 1, lm_chat: 1, mmu: 1, t2i: 1, r2i: 1 },
        rowsPerBatch: 4,
        lineLength,
        sampling,
        maxRatio: 1000,
      },
      0,
    );
    const { ids, positions, places, targets, temperatures } = inputs;
    return {
      lines: ids.shape[0],
      scored: {
        targets: numbers(targets),
        positions: numbers(places).map((place) => positions.data[place]),
        temperatures: temperatures && numbers(temperatures),
        advantages: numbers(advantages),
      },
    };
  };
  const [longest, shortest] = [Math.max, Math.min].map((extreme) => extreme(...rows.map(({ ids }) => ids.length)));
  // In the one a short row stands behind each long one, in the other the long ones stand together.
  const [mixed, sorted] = [longest + shortest, 2 * longest].map(plannedWith);
  expect(sorted.lines).toBeGreaterThan(1);
  expect(sorted.scored).toEqual(mixed.scored);
  expect(new Set(mixed.scored.advantages).size).toBe(4);
});
