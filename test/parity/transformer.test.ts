import { describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/array/tensor.js";
import { createMaskPredictor } from "../../src/diffusion/mask-predictor.js";
import { lossInputs, maskedLoss } from "../../src/diffusion/masked-loss.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { transformerInputs, transformerParameters } from "../../src/model/transformer.js";
import { createOrtBackend } from "../../src/runtime/ort-node.js";
import { compileGradientStep, createObjective } from "../../src/training/objective.js";
import { maxDifference, parityPath, readParityCase, relativeError, standardDeviation } from "../parity-case.js";

const backend = createOrtBackend("cpu");

function rowsOf(ids: Tensor<"int32">, mask: Tensor<"int32">) {
  const [, T] = ids.shape;
  const positions = tensor(
    "int32",
    ids.shape,
    Int32Array.from(ids.data, (_, i) => i % T),
  );
  return { ids, segmentIds: mask, positions };
}

// The last two are made for this project with the released code: every bias and norm that it knows, and norms that learn nothing.
describe.each(["mha", "gqa", "tied-bf16", "all-biases", "plain-norms"])("transformer %s", (name) => {
  test("logits agree, with and without padding", async () => {
    const { config, weights } = await loadTransformer(parityPath(name));
    const predictor = createMaskPredictor(backend, config, { weights, areTrained: false });
    const stored = await readParityCase(`${name}/logits.safetensors`);
    const ids = stored.integers("input_ids");
    const mask = stored.integers("attention_mask");
    const ones = tensor("int32", mask.shape, new Int32Array(mask.data.length).fill(1));

    const full = stored.floats("logits_full_attention");
    const tolerance = 1e-3 * standardDeviation(full);
    expect(maxDifference((await predictor.logits(rowsOf(ids, ones))).data, full)).toBeLessThan(tolerance);

    const padded = stored.floats("logits_padded");
    const actual = (await predictor.logits(rowsOf(ids, mask))).data;
    const V = config.vocabularySize;
    mask.data.forEach((isReal, place) => {
      if (!isReal) return;
      const row = (values: Float32Array) => values.subarray(place * V, (place + 1) * V);
      expect(maxDifference(row(actual), row(padded))).toBeLessThan(tolerance);
    });
    await predictor.dispose();
  });
});

describe.each(["mha", "gqa"])("losses of %s", (name) => {
  test("losses of a mixed batch and all gradients agree", async () => {
    const { config, weights } = await loadTransformer(parityPath(name));
    const stored = await readParityCase(`${name}/losses.safetensors`);
    const ids = stored.integers("input_ids");
    const labels = stored.integers("labels");
    const [B, T] = ids.shape;
    const attention = stored.integers("t2i_attention_mask");
    const segments = new Int32Array(B * T).fill(1);
    segments.set(attention.data);

    // Rows: t2i 0..1, lm 2..3, mmu 4..5; coefficients 1.0, 0.1, 1.0.
    const entries: { place: number; target: number; task: number; weight: number }[] = [];
    const count = labels.data
      .subarray(0, 2 * T)
      .reduce((sum, label, i) => sum + (label !== -100 && ids.data[i] === config.maskTokenId ? 1 : 0), 0);
    for (let place = 0; place < B * T; place++) {
      const task = Math.floor(place / (2 * T));
      if (labels.data[place] === -100 || ids.data[place] !== config.maskTokenId) continue;
      const at = place - task * 2 * T;
      const weight =
        task === 0
          ? 1 / count
          : task === 1
            ? 0.1 / (stored.floats("p_mask_lm")[at] * stored.integers("answer_lengths_lm").data[at] * 2)
            : 1 / (stored.floats("p_mask_mmu")[at] * stored.integers("answer_lengths_mmu").data[at] * 2);
      entries.push({ place, target: labels.data[place], task, weight });
    }
    const objective = createObjective((make) => {
      const { loss, tokenLosses } = maskedLoss(
        config,
        transformerParameters(config, make),
        transformerInputs(),
        lossInputs(),
      );
      return { loss, reports: { tokenLosses } };
    });
    const step = await compileGradientStep(backend, objective);
    const M = [entries.length];
    const result = await step.run(weights, {
      ...rowsOf(ids, tensor("int32", [B, T], segments)),
      places: tensor(
        "int32",
        M,
        Int32Array.from(entries, (e) => e.place),
      ),
      targets: tensor(
        "int32",
        M,
        Int32Array.from(entries, (e) => e.target),
      ),
      weights: tensor(
        "float32",
        M,
        Float32Array.from(entries, (e) => e.weight),
      ),
    });
    const tokenLosses = result.tokenLosses.data as Float32Array;
    const coefficients = [1, 0.1, 1];
    ["t2i", "lm", "mmu"].forEach((task, index) => {
      const loss = entries.reduce(
        (sum, e, i) => sum + (e.task === index ? (e.weight / coefficients[index]) * tokenLosses[i] : 0),
        0,
      );
      const expected = stored.floats(`loss_${task}`)[0];
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-4);
    });
    expect(Math.abs((result.loss.data as Float32Array)[0] / stored.floats("loss_total")[0] - 1)).toBeLessThan(1e-4);
    for (const [parameter, gradient] of step.gradients) {
      expect(relativeError(gradient.data, stored.floats(`grad.${parameter}`)), parameter).toBeLessThan(1e-3);
    }
    await step.dispose();
  });
});
