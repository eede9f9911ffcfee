/** Exported networks against the numbers of the released code, in ONNX Runtime as anyone would use it: by the path of a file. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportImageTokenizer, exportTransformer } from "../src/model/export.js";
import { checkOnnx, missingChecker } from "./onnx-checker.js";
import { maxDifference, parityPath, readParityCase, standardDeviation } from "./parity-case.js";

const noChecker = await missingChecker();

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), "mmada-export-"));
});
afterEach(() => rm(output, { recursive: true }));

async function runFile(path: string, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

const int64 = ({ shape, data }: { shape: readonly number[]; data: Int32Array }) =>
  new Tensor("int64", BigInt64Array.from(data, BigInt), shape);

describe.each(["mha", "gqa", "tied-bf16", "all-biases", "plain-norms"])("transformer %s", (name) => {
  it("gives the released code's logits, with and without padding", async () => {
    const { path } = await exportTransformer(parityPath(name), output);
    const stored = await readParityCase(`${name}/logits.safetensors`);
    const ids = stored.integers("input_ids");
    const mask = stored.integers("attention_mask");
    const ones = { shape: mask.shape, data: new Int32Array(mask.data.length).fill(1) };
    const full = stored.floats("logits_full_attention");
    const tolerance = 1e-3 * standardDeviation(full);

    const all = await runFile(path, { input_ids: int64(ids), attention_mask: int64(ones) });
    expect(all.logits.dims).toEqual(stored.shape("logits_full_attention"));
    expect(maxDifference(all.logits.data as Float32Array, full)).toBeLessThan(tolerance);

    const { logits } = await runFile(path, { input_ids: int64(ids), attention_mask: int64(mask) });
    const V = logits.dims[2];
    const rows = (values: Float32Array) =>
      [...mask.data.keys()].filter((i) => mask.data[i]).map((i) => values.subarray(i * V, (i + 1) * V));
    const padded = rows(stored.floats("logits_padded"));
    rows(logits.data as Float32Array).forEach((row, i) => {
      expect(maxDifference(row, padded[i])).toBeLessThan(tolerance);
    });
  });
});

it("image encoder and decoder give the released code's codes and pictures", async () => {
  const files = await exportImageTokenizer(parityPath("magvit"), output, 16);
  const [encoder, decoder] = files.map(({ path }) => path);
  const stored = await readParityCase("magvit/case.safetensors");
  const pixels = new Tensor("float32", stored.floats("pixel_values"), stored.shape("pixel_values"));
  const { codes } = await runFile(encoder, { pixel_values: pixels });
  expect(Array.from(codes.data as BigInt64Array, Number)).toEqual(Array.from(stored.integers("codes").data));
  const { pixel_values: decoded } = await runFile(decoder, { codes });
  expect(decoded.dims).toEqual(stored.shape("decoded"));
  expect(maxDifference(decoded.data as Float32Array, stored.floats("decoded"))).toBeLessThan(1e-4);
  await expect(exportImageTokenizer(parityPath("magvit"), output, 17)).rejects.toThrow(/multiple of 2 pixels, got 17/);
});

it.skipIf(noChecker)(`all three pass ONNX's own checker${noChecker ? ` (${noChecker})` : ""}`, async () => {
  const transformer = await exportTransformer(parityPath("tied-bf16"), output);
  const images = await exportImageTokenizer(parityPath("magvit"), output, 16);
  for (const { path, dataPath, dataBytes } of [transformer, ...images]) {
    await checkOnnx(path);
    expect((await stat(dataPath)).size).toBe(dataBytes);
  }
});

it("an export that is stopped leaves no file behind", async () => {
  const reason = new Error("stopped");
  await expect(exportTransformer(parityPath("mha"), output, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
  expect(await readdir(output)).toEqual([]);
});
