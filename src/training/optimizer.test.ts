import { expect, test } from "vitest";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import * as op from "../graph/ops.js";
import type { ParameterSpec } from "../model/parameters.js";
import { openBackend } from "../runtime/backends-node.js";
import { openTensorFile } from "../weights/tensor-file.js";
import { muon, orthogonalize } from "./muon.js";
import { adamW, clippingScale, decayedParameters, globalNorm } from "./optimizer.js";

const backend = await openBackend("cpu");

function specOf(name: string, shape: number[]): ParameterSpec {
  return { name, shape, initialization: { kind: "constant", value: 0 } };
}

test("four AdamW steps with clipping agree with PyTorch", async () => {
  const file = await openTensorFile("test/parity/adamw.safetensors");
  const read = async (name: string) => (await file.readAs(name, "float32")).data;
  const { lr, betas, eps, weight_decay, max_grad_norm } = file.metadata;
  const [beta1, beta2] = betas.split(",").map(Number);
  const parameters = new Map([["p", await read("param0")]]);
  const optimizer = adamW(backend, [specOf("p", [parameters.get("p")?.length as number])], {
    beta1,
    beta2,
    epsilon: Number(eps),
    weightDecay: Number(weight_decay),
    isDecayed: () => true,
  });
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
  await optimizer.dispose?.();
  await file.close();
});

test("norms and biases are not decayed, matrices are", async () => {
  const isDecayed = decayedParameters([
    { name: "w", shape: [2, 3] },
    { name: "b", shape: [3] },
  ]);
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5, isDecayed };
  const optimizer = adamW(backend, [specOf("w", [1]), specOf("b", [1])], settings);
  const parameters = new Map(["w", "b"].map((name) => [name, Float32Array.of(2)]));
  const gradients = new Map(["w", "b"].map((name) => [name, Float32Array.of(0)]));
  await optimizer.update(parameters, gradients, optimizer.createState(parameters), 0.1, 1);
  expect(parameters.get("w")?.[0]).toBeCloseTo(1.9, 6);
  expect(parameters.get("b")?.[0]).toBe(2);
});

test("where the graph does not compile the update says so, and disposing does not", async () => {
  const failing = { device: "cpu" as const, compile: () => Promise.reject(new Error("no such operation")) };
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, isDecayed: () => true };
  const optimizer = adamW(failing, [specOf("w", [1])], settings);
  const arrays = new Map([["w", Float32Array.of(2)]]);
  await expect(optimizer.update(arrays, arrays, optimizer.createState(arrays), 0.1, 1)).rejects.toThrow("no such");
  await optimizer.dispose?.();
});

test.each([
  ["square", 6, 6],
  ["wide", 5, 40],
  ["high", 40, 5],
])("Muon's updates of %s matrices are close to orthogonal and point where the gradient does", async (_, m, n) => {
  const rng = createRandom("orthogonal");
  const data = Float32Array.from({ length: 2 * m * n }, () => normal(rng));
  const stack = op.input("stack", "float32", [2, m, n]);
  const executable = await compileGraph(backend, { result: orthogonalize(stack) });
  const { result } = await executable.run({ stack: tensor("float32", [2, m, n], data) });
  await executable.dispose();
  const got = result.data as Float32Array;
  for (const start of [0, m * n]) {
    const [few, many] = [Math.min(m, n), Math.max(m, n)];
    const at = (matrix: Float32Array, i: number, j: number) => matrix[start + (m <= n ? i * n + j : j * n + i)];
    // Rows of the shorter side: of unit length, and at right angles, both roughly.
    for (let a = 0; a < few; a++)
      for (let b = 0; b < few; b++) {
        let dot = 0;
        for (let j = 0; j < many; j++) dot += at(got, a, j) * at(got, b, j);
        expect(Math.abs(dot - (a === b ? 0.9 : 0))).toBeLessThan(0.55);
      }
    const alignment = data.slice(start, start + m * n).reduce((sum, value, i) => sum + value * got[start + i], 0);
    expect(alignment).toBeGreaterThan(0);
  }
});

test("Muon's update of matrices of one shape is what its definition gives for each, AdamW's beside it for the rest", async () => {
  const rng = createRandom("muon");
  const random = (length: number) => Float32Array.from({ length }, () => normal(rng));
  const [momentum, weightDecay, learningRate, scale] = [0.9, 0.1, 0.05, 0.5];
  const specs = [specOf("a", [6, 4]), specOf("b", [6, 4]), specOf("kernel", [3, 2, 2, 2]), specOf("bias", [3])];
  const isDecayed = (name: string) => name !== "b";
  const others = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay, isDecayed };
  const optimizer = muon(backend, specs, { momentum, weightDecay, isMatrix: (name) => name !== "bias", others });
  const parameters = new Map(specs.map(({ name, shape }) => [name, random(shape.reduce((a, b) => a * b, 1))]));
  const state = optimizer.createState(parameters);
  expect(Object.entries(state.slots).map(([slot, arrays]) => [slot, [...arrays.keys()]])).toEqual([
    ["momentum", ["a", "b", "kernel"]],
    ["first", ["bias"]],
    ["second", ["bias"]],
  ]);
  const expected = new Map([...parameters].map(([name, values]) => [name, values.slice()]));
  const momenta = new Map<string, Float32Array>();
  for (let step = 0; step < 3; step++) {
    const gradients = new Map([...parameters].map(([name, { length }]) => [name, random(length)]));
    for (const { name, shape } of specs.slice(0, 3)) {
      const [rows, columns] = [shape[0], (parameters.get(name)?.length as number) / shape[0]];
      const before = momenta.get(name);
      const g = gradients.get(name) as Float32Array;
      const m = g.map((x, i) => (before ? momentum * before[i] : 0) + scale * x);
      momenta.set(name, m);
      const ahead = m.map((x, i) => momentum * x + scale * g[i]);
      const stack = op.input("stack", "float32", [1, rows, columns]);
      const executable = await compileGraph(backend, { result: orthogonalize(stack) });
      const { result } = await executable.run({ stack: tensor("float32", [1, rows, columns], ahead) });
      await executable.dispose();
      const stepSize = learningRate * 0.2 * Math.sqrt(Math.max(rows, columns));
      const values = expected.get(name) as Float32Array;
      values.forEach((x, i) => {
        values[i] = x * (isDecayed(name) ? 1 - learningRate * weightDecay : 1) - stepSize * Number(result.data[i]);
      });
    }
    await optimizer.update(parameters, gradients, state, learningRate, scale);
  }
  await optimizer.dispose?.();
  for (const [name, values] of expected) {
    const got = parameters.get(name) as Float32Array;
    if (name === "bias") expect(got).not.toEqual(values);
    else for (const [i, x] of values.entries()) expect(Math.abs(got[i] - x)).toBeLessThan(1e-5);
  }
});
