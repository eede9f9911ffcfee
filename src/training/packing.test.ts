import { expect, it } from "vitest";
import { openBackend } from "#backends";
import { createRandom } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { parseTransformerConfig } from "../model/config.js";
import { initializeParameters } from "../model/parameters.js";
import type { Row } from "../tokens/sequence.js";
import { layoutChat, layoutUnderstanding } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { compileLoss } from "./objective.js";
import { type MaskedRow, packRows } from "./packing.js";
import { pretrainingObjective } from "./pretraining-objective.js";

const [BOS, EOS, MASK, PAD, MMU, SOI, EOI] = [50, 51, 52, 53, 54, 55, 56];
const vocabulary = {
  special: { bos: BOS, eos: EOS, mask: MASK, pad: PAD, mmu: MMU, soi: SOI, eoi: EOI },
} as unknown as Vocabulary;
const PICTURE = [60, 61, 62, 63];
const OTHER_PICTURE = [63, 62, 61, 60];

function masked(row: Row): MaskedRow {
  const { start, end } = row.spans.answer as { start: number; end: number };
  const places = Array.from({ length: end - start }, (_, i) => start + i);
  return { row, noisyIds: row.ids.map((id, i) => (places.includes(i) ? MASK : id)), places };
}
const about = (image: number[], prompt: number[], answer: number[]) =>
  masked(layoutUnderstanding(vocabulary, { image, prompt, answer }));
const red = about(PICTURE, [1, 2], [3]);
const star = about(PICTURE, [4, 5, 6], [7, 8]);
const chat = masked(layoutChat(vocabulary, { prompt: [1], answer: [2] }));
const other = about(OTHER_PICTURE, [1, 2], [3]);
const settings = { lineLength: 40, padTokenId: PAD };

it("rows about one picture hold it once where pictures are shared, others are as they were", () => {
  const plain = packRows([red, star, chat, other], settings);
  const shared = packRows([red, star, chat, other], { ...settings, arePicturesShared: true });
  expect(plain.inputs.prefixIds).toBeUndefined();
  // <|mmu|> <|soi|> and the picture stand once less.
  expect(shared.numTokens).toBe(plain.numTokens - 2 - PICTURE.length);
  const count = (ids: ArrayLike<number>) => Array.from(ids).filter((id) => id === PICTURE[0]).length;
  expect([count(plain.inputs.ids.data), count(shared.inputs.ids.data)]).toEqual([3, 2]);
  for (const { inputs, origins } of [plain, shared]) {
    origins.forEach(({ row, index }, i) => {
      const noised = [red, star, chat, other][row];
      const place = inputs.places.data[i];
      expect(inputs.ids.data[place]).toBe(MASK);
      expect(inputs.positions.data[place]).toBe(noised.places[index]);
      expect(inputs.targets.data[i]).toBe(noised.row.ids[noised.places[index]]);
    });
  }
});

it("rows that a line cannot hold together go to several, each with the picture", () => {
  const { inputs } = packRows([red, star, red, star], { lineLength: 24, padTokenId: PAD, arePicturesShared: true });
  const [numLines, width] = inputs.ids.shape;
  expect(width).toBeLessThanOrEqual(24);
  for (let line = 0; line < numLines; line++)
    expect(inputs.ids.data.subarray(line * width, (line + 1) * width)).toContain(PICTURE[0]);
});

it("no text sees what else is asked about its picture", async () => {
  const config = parseTransformerConfig({
    ...{ d_model: 32, n_layers: 2, n_heads: 2, mlp_hidden_size: 64, vocab_size: 64, embedding_size: 64 },
    ...{ mask_token_id: MASK, eos_token_id: EOS, pad_token_id: PAD },
  });
  const objective = pretrainingObjective(config, { arePicturesShared: true });
  const weights = initializeParameters(objective.specs, createRandom(1));
  const loss = await compileLoss(await openBackend("cpu"), objective);
  const lossesOf = async (rows: MaskedRow[]) => {
    const { inputs, origins } = packRows(rows, { ...settings, arePicturesShared: true });
    const ones = tensor("float32", [origins.length], new Float32Array(origins.length).fill(1));
    const given = { ...inputs, weights: ones, ...Object.fromEntries(weights) };
    const { tokenLosses } = await loss.run(given);
    return rows.map((_, row) => Array.from(tokenLosses.data as Float32Array).filter((_, i) => origins[i].row === row));
  };
  const long = about(PICTURE, [9, 9, 9, 9], [10, 11, 12]);
  const [first] = await lossesOf([red, star]);
  const [again] = await lossesOf([red, long, star]);
  again.forEach((value, i) => {
    expect(value).toBeCloseTo(first[i], 5);
  });
  // And it does see the picture.
  const [elsewhere] = await lossesOf([other, about(OTHER_PICTURE, [4], [5])]);
  expect(Math.abs(elsewhere[0] - first[0])).toBeGreaterThan(1e-4);
  await loss.dispose();
});
