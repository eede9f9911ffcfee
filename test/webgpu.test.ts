/** The provider `webgpu` in Node against the CPU. */
import { describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { toOnnx } from "../src/graph/onnx.js";
import { input, logSoftmax, matmul, silu } from "../src/graph/ops.js";
import { MMaDA } from "../src/tasks/model.js";
import { randomTensor } from "./gradcheck.js";
import { miniPath } from "./mini.js";
import { expectAgreement } from "./network-agreement.js";
import { computeNetworks } from "./networks.js";
import { askAlone, askTogether, fewAskings } from "./requests.js";
import { findWebGpu, SLOW } from "./webgpu.js";

const gpu = await findWebGpu();
if ("reason" in gpu) process.stderr.write(`WebGPU tests skipped: ${gpu.reason}\n`);

describe.skipIf("reason" in gpu)(`WebGPU in Node (${"reason" in gpu ? gpu.reason : gpu.adapter})`, SLOW, () => {
  test("a matrix product and a softmax agree with the CPU, for several batch sizes of one graph", async () => {
    const y = logSoftmax(silu(matmul(input("x", "float32", ["B", 64]), input("w", "float32", [64, 48]))));
    const bytes = toOnnx({ y });
    const [cpu, webgpu] = await Promise.all(
      (["cpu", "webgpu"] as const).map(async (device) => (await openBackend(device)).compile({ bytes })),
    );
    for (const batch of [1, 7, 64]) {
      const inputs = { x: randomTensor([batch, 64], `x${batch}`), w: randomTensor([64, 48], "w", 0.2) };
      const [expected, actual] = [(await cpu.run(inputs)).y, (await webgpu.run(inputs)).y];
      expect(actual.shape).toEqual([batch, 48]);
      for (let i = 0; i < actual.data.length; i++) {
        expect(Math.abs(Number(actual.data[i]) - Number(expected.data[i]))).toBeLessThan(1e-4);
      }
    }
    await cpu.dispose();
    await webgpu.dispose();
  });

  test("transformer, image encoder and decoder of the bundled model agree with the CPU", async () => {
    const [expected, actual] = await Promise.all(
      (["cpu", "webgpu"] as const).map(async (device) => computeNetworks(await openBackend(device), miniPath)),
    );
    expectAgreement(actual, expected);
  });

  test("a batch gives each request what it gets alone here too", async () => {
    await using model = await MMaDA.fromPretrained(miniPath, { device: "webgpu" });
    const { answer } = fewAskings; // pictures, too, in a browser
    expect(await askTogether(answer, model)).toEqual(await askAlone(answer, model));
  });
});
