import { afterAll, expect, test } from "vitest";
import { tinyConfig, tinyVocabulary } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import { compileGraph } from "../graph/compile.js";
import { initializeParameters, symbolicParameter } from "../model/parameters.js";
import { hiddenStates, logitsOf, transformerInputs, transformerParameters } from "../model/transformer.js";
import { openBackend } from "../runtime/backends-node.js";
import { batchRows, layoutChat, layoutImage, type Row, unconditionalRow } from "../tokens/sequence.js";
import type { Experience } from "./experience.js";
import { planUpdate } from "./inner-update.js";
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
