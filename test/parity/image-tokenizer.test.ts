import { describe, expect, test } from "vitest";
import { tensor } from "../../src/array/tensor.js";
import { compileGraph } from "../../src/graph/compile.js";
import { input } from "../../src/graph/ops.js";
import { decode, encode } from "../../src/model/image-tokenizer.js";
import { imageTokenizerParameters, loadImageTokenizer } from "../../src/model/load-model.js";
import { symbolicParameter } from "../../src/model/parameters.js";
import { channelsOf, codesOf, quantizerLosses } from "../../src/model/quantizer.js";
import { createOrtBackend } from "../../src/runtime/ort-node.js";
import { maxDifference, parityPath, readParityCase } from "../parity-case.js";

describe.each(["magvit", "magvit-deep"])("image tokenizer %s", (name) => {
  test("latents, codes, pictures and the quantizer's losses agree", async () => {
    const { config, weights } = await loadImageTokenizer(parityPath(name));
    const stored = await readParityCase(`${name}/case.safetensors`);
    const { encoder, decoder } = imageTokenizerParameters(config, symbolicParameter);
    const S = config.resolution;
    const latent = encode(config, encoder, input("pixels", "float32", ["B", 3, S, S]));
    const [, , h, w] = latent.shape.map(Number);
    const codes = codesOf(latent);
    const { commitment, entropy } = quantizerLosses(latent);
    const decoded = decode(config, decoder, channelsOf(codes, config.codeBits, h, w));
    const executable = await compileGraph(createOrtBackend("cpu"), { latent, codes, decoded, commitment, entropy });
    const result = await executable.run({
      pixels: tensor("float32", stored.shape("pixel_values"), stored.floats("pixel_values")),
      ...Object.fromEntries(weights),
    });
    expect(maxDifference(result.latent.data as Float32Array, stored.floats("latent"))).toBeLessThan(1e-4);
    expect(Array.from(result.codes.data as Int32Array)).toEqual(Array.from(stored.integers("codes").data));
    expect(maxDifference(result.decoded.data as Float32Array, stored.floats("decoded"))).toBeLessThan(1e-4);
    const value = (x: { data: unknown }) => (x.data as Float32Array)[0];
    expect(0.1 * value(result.commitment)).toBeCloseTo(stored.floats("quantizer_loss")[0], 6);
    expect(0.1 * value(result.entropy)).toBeCloseTo(stored.floats("entropy_loss")[0], 6);
    await executable.dispose();
  });
});
