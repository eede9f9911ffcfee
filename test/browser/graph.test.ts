/** The same graph on the CPU in Node, and in WebAssembly and WebGPU in a browser. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { type Tensor, tensor, zeros } from "../../src/array/tensor.js";
import { toOnnx } from "../../src/graph/onnx.js";
import { add, input, matmul, silu, softmax } from "../../src/graph/ops.js";
import { randomTensor } from "../gradcheck.js";
import { findChromium, openPage, type Page, SLOW } from "./open-page.js";

const chromium = findChromium();
if ("reason" in chromium) process.stderr.write(`browser tests skipped: ${chromium.reason}\n`);

describe.skipIf("reason" in chromium)(`in Chromium${"reason" in chromium ? `: ${chromium.reason}` : ""}`, SLOW, () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage();
  }, SLOW.timeout);
  afterAll(() => page?.close());

  const x = input("x", "float32", ["B", 32]);
  const w = input("w", "float32", [32, 16]);
  const y = softmax(add(silu(matmul(x, w)), 0.5));
  const model = toOnnx({ y });
  const inputs = { x: randomTensor([5, 32], "x"), w: randomTensor([32, 16], "w", 0.3) };

  type Ran = { device: string; results: { y: Tensor<"float32"> }[] };
  const run = (device: string, more = {}) => page.run<Ran>("graph", { device, model, inputs: [inputs], ...more });

  async function onCpu(given: typeof inputs): Promise<Tensor> {
    const executable = await (await openBackend("cpu")).compile({ bytes: model });
    const { y } = await executable.run(given);
    await executable.dispose();
    return y;
  }

  function expectClose(actual: Tensor<"float32">, expected: Tensor) {
    expect(actual.shape).toEqual(expected.shape);
    const largest = actual.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - Number(expected.data[i]))),
      0,
    );
    expect(largest).toBeLessThan(1e-5);
  }

  test.each(["wasm", "webgpu", "auto"] as const)("%s agrees with the CPU in Node", async (device) => {
    const actual = await run(device);
    expect(actual.device).toBe(device === "auto" ? "webgpu" : device);
    expectClose(actual.results[0].y, await onCpu(inputs));
  });

  test.each(["wasm", "webgpu"] as const)(
    "%s takes calls at the same time, with different batch sizes",
    async (device) => {
      const several = [1, 9, 4].map((batch) => ({ ...inputs, x: randomTensor([batch, 32], `x${batch}`) }));
      const { results } = await run(device, { inputs: several });
      for (const [i, { y }] of results.entries()) expectClose(y, await onCpu(several[i]));
    },
  );

  test.each(["wasm", "webgpu"] as const)("%s fills the tensors given for outputs", async (device) => {
    const { results } = await run(device, { outputs: { y: zeros("float32", [5, 16]) } });
    expectClose(results[0].y, await onCpu(inputs));
    const wrong = { y: zeros("float32", [4, 16]) };
    await expect(run(device, { outputs: wrong })).rejects.toThrow("[4,16]");
  });

  // Chromium has Float16Array; host tensors hold the raw bits whatever the engine gives.
  test("float16 goes in and out as raw bits", async () => {
    const half = toOnnx({ y: input("x", "float16", ["N"]) });
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001);
    const { results } = await run("wasm", { model: half, inputs: [{ x: tensor("float16", [4], bits) }] });
    expect(results[0].y.dtype).toBe("float16");
    expect([...results[0].y.data]).toEqual([...bits]);
  });

  test("devices of Node are refused with what to use", async () => {
    await expect(run("cpu")).rejects.toThrow('use "webgpu" or "wasm"');
  });
});
