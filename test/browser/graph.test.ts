/** The same graph on the CPU in Node, and in WebAssembly and WebGPU in a browser. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { type Tensor, tensor, zeros } from "../../src/array/tensor.js";
import { toOnnx } from "../../src/graph/onnx.js";
import { add, input, matmul, silu, softmax } from "../../src/graph/ops.js";
import { randomTensor } from "../gradcheck.js";
import { findChromium, openPage, type Page } from "./open-page.js";

const chromium = findChromium();
if ("reason" in chromium) process.stderr.write(`browser tests skipped: ${chromium.reason}\n`);

describe.skipIf("reason" in chromium)(`in Chromium${"reason" in chromium ? `: ${chromium.reason}` : ""}`, () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage();
  });
  afterAll(() => page?.close());

  const x = input("x", "float32", ["B", 32]);
  const w = input("w", "float32", [32, 16]);
  const y = softmax(add(silu(matmul(x, w)), 0.5));
  const model = toOnnx({ y });
  const inputs = { x: randomTensor([5, 32], "x"), w: randomTensor([32, 16], "w", 0.3) };

  test.each(["wasm", "webgpu", "auto"] as const)("%s agrees with the CPU in Node", async (device) => {
    const onCpu = await (await openBackend("cpu")).compile({ bytes: model });
    const expected = (await onCpu.run(inputs)).y;
    await onCpu.dispose();
    const actual = await page.run<{ device: string; results: { y: Tensor<"float32"> } }>("graph", {
      device,
      model,
      inputs,
    });
    expect(actual.device).toBe(device === "auto" ? "webgpu" : device);
    expect(actual.results.y.shape).toEqual([5, 16]);
    const { data } = actual.results.y;
    for (let i = 0; i < data.length; i++) expect(Math.abs(data[i] - Number(expected.data[i]))).toBeLessThan(1e-5);
    expect(data.length).toBe(80);
  });
  test.each(["wasm", "webgpu"] as const)("%s fills the tensors given for outputs", async (device) => {
    const outputs = { y: zeros("float32", [5, 16]) };
    const { results } = await page.run<{ results: { y: Tensor<"float32"> } }>("graph", {
      device,
      model,
      inputs,
      outputs,
    });
    expect(results.y.data.some((value) => value > 0.01)).toBe(true);
    const wrong = { y: tensor("float32", [4, 16], new Float32Array(64)) };
    await expect(page.run("graph", { device, model, inputs, outputs: wrong })).rejects.toThrow("[4,16]");
  });

  test("devices of Node are refused with what to use", async () => {
    await expect(page.run("graph", { device: "cpu", model, inputs })).rejects.toThrow('use "webgpu" or "wasm"');
  });
});
