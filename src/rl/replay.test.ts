/** What is replayed is learnt as it was before: the same losses and gradients, and nothing of the policy's. */
import { expect, test } from "vitest";
import { tinyConfig, tinyVocabulary } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import { initializeParameters } from "../model/parameters.js";
import { openBackend } from "../runtime/backends-node.js";
import { layoutChat } from "../tokens/sequence.js";
import type { TokenId } from "../tokens/vocabulary.js";
import { readAccounts } from "../training/accounts.js";
import type { BatchSettings } from "../training/batch.js";
import type { BatchSource } from "../training/loop.js";
import { compileGradientStep } from "../training/objective.js";
import { toBatches } from "../training/pretraining-batches.js";
import { pretrainingObjective } from "../training/pretraining-objective.js";
import { replayBatches } from "./replay.js";
import { unigrpoObjective } from "./unigrpo-loss.js";

const noise = { coefficient: 1, masking: { kind: "counted" } } as const;
const settings: BatchSettings = {
  tasks: { lm: noise, lm_chat: noise, mmu: noise, t2i: noise, r2i: noise },
  maskTokenId: tinyVocabulary.special.mask,
  padTokenId: tinyVocabulary.special.pad,
  eosTokenId: tinyVocabulary.special.eos,
  fillerWeight: 1,
  times: "independent",
  lineLength: 32,
};
const rows = [3, 1, 4, 1].map((letter, i) =>
  layoutChat(tinyVocabulary, { prompt: [letter] as TokenId[], answer: [i, letter, i] as TokenId[] }, { length: 8 }),
);

test.each([
  [0, false],
  [0.1, false],
  [0.1, true],
])(
  "with β = %d, likelihoods of sampling %s: losses and gradients of masked diffusion, at their weight",
  async (klBeta, isOfSampling) => {
    const backend = await openBackend("cpu");
    const source: BatchSource = {
      next: async () => toBatches(rows, settings, 2, createRandom(3)),
      state: () => "the data's",
    };
    const replay = replayBatches(source, { weight: 0.25, hasReference: klBeta > 0, isOfSampling });
    expect(replay.state()).toBe("the data's");

    const before = await compileGradientStep(backend, pretrainingObjective(tinyConfig));
    const policy = unigrpoObjective(tinyConfig, { clipEpsilon: 0.2, klBeta, hasReplay: true, isOfSampling });
    const now = await compileGradientStep(backend, policy);
    const weights = initializeParameters(policy.specs, createRandom(4));
    const [expected, given] = [await source.next(), await replay.next()];
    expect(given).toHaveLength(2);
    for (const [i, batch] of given.entries()) {
      const outputs = [await before.run(weights, expected[i].inputs), await now.run(weights, batch.inputs)];
      const [own, replayed] = outputs.map(({ loss }) => Number(loss.data[0]));
      expect(replayed / own).toBeCloseTo(0.25, 5);
      const { lm_chat } = readAccounts(expected[i].accounts, outputs[0]);
      expect(readAccounts(batch.accounts, outputs[1])).toEqual({ "replay/lm_chat": expect.closeTo(lm_chat, 5) });
      for (const [name, { data }] of now.gradients) {
        const wanted = before.gradients.get(name)?.data ?? [];
        const differences = Array.from(data, (value, at) => Math.abs(value - 0.25 * wanted[at]));
        expect(Math.max(...differences), name).toBeLessThan(1e-6);
      }
    }
    await before.dispose();
    await now.dispose();
  },
);
