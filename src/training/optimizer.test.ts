import { expect, test } from "vitest";
import { openTensorFile } from "../weights/tensor-file.js";
import { adamW, clippingScale, decayedParameters, globalNorm } from "./optimizer.js";

test("four AdamW steps with clipping agree with PyTorch", async () => {
  const file = await openTensorFile("test/parity/adamw.safetensors");
  const read = async (name: string) => (await file.readAs(name, "float32")).data;
  const { lr, betas, eps, weight_decay, max_grad_norm } = file.metadata;
  const [beta1, beta2] = betas.split(",").map(Number);
  const optimizer = adamW({
    beta1,
    beta2,
    epsilon: Number(eps),
    weightDecay: Number(weight_decay),
    isDecayed: () => true,
  });
  const parameters = new Map([["p", await read("param0")]]);
  const state = optimizer.createState(parameters);
  for (let step = 0; step < 4; step++) {
    const gradients = new Map([["p", await read(`grad${step}`)]]);
    const norm = globalNorm(gradients);
    expect(norm).toBeCloseTo((await read(`norm${step}`))[0], 5);
    await optimizer.update(parameters, gradients, state, Number(lr), clippingScale(norm, Number(max_grad_norm)));
    const expected = await read(`param${step + 1}`);
    const [got] = parameters.values();
    got.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i])));
    });
  }
  await file.close();
});

test("norms and biases are not decayed, matrices are", () => {
  const isDecayed = decayedParameters([
    { name: "w", shape: [2, 3] },
    { name: "b", shape: [3] },
  ]);
  const optimizer = adamW({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5, isDecayed });
  const parameters = new Map(["w", "b"].map((name) => [name, Float32Array.of(2)]));
  const gradients = new Map(["w", "b"].map((name) => [name, Float32Array.of(0)]));
  optimizer.update(parameters, gradients, optimizer.createState(parameters), 0.1, 1);
  expect(parameters.get("w")?.[0]).toBeCloseTo(1.9, 6);
  expect(parameters.get("b")?.[0]).toBe(2);
});
