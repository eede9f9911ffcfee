/** Every operation's values against stored numbers and its gradients against differences, on every backend that is there. */
import { describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { gradientError } from "../../test/gradcheck.js";
import { type OperationCase, operationCases } from "../../test/operation-cases.js";
import { findWebGpu } from "../../test/webgpu.js";
import type { Tensor } from "../array/tensor.js";
import type { Backend } from "../runtime/backend.js";
import { compileGraph } from "./compile.js";
import { gradient } from "./gradient.js";
import { input, sumAll } from "./ops.js";
import type { GraphDType, Symbolic } from "./symbolic.js";

const gpu = await findWebGpu();
const devices = [
  { device: "cpu", missing: undefined },
  { device: "webgpu", missing: "reason" in gpu ? gpu.reason : undefined },
] as const;

/** Functions such as tanh and erf are approximated on GPUs. */
const TOLERANCE = 2e-4;

for (const { device, missing } of devices) {
  describe.skipIf(missing)(`operations on ${device}${missing ? ` (${missing})` : ""}`, async () => {
    const backend = await openBackend(device);
    for (const [operation, cases] of Object.entries(operationCases as Record<string, readonly OperationCase[]>)) {
      for (const example of cases) {
        // Adapters without shader-f16 (SwiftShader) have no float16.
        const isMissing = device === "webgpu" && example.title.startsWith("float16");
        test.skipIf(isMissing)(`${operation}: ${example.title}`, async () => {
          await checkValues(backend, example);
          await checkGradients(backend, example);
        });
      }
    }
  });
}

function graphOf({ inputs, shapes, build }: OperationCase): { output: Symbolic; floats: Symbolic<"input">[] } {
  const symbols = Object.entries(inputs).map(([name, { dtype, shape }]) =>
    input(name, dtype as GraphDType, shapes?.[name] ?? shape),
  ) as Symbolic<"input">[];
  const output = build(Object.fromEntries(symbols.map((symbol) => [symbol.attributes.name, symbol])));
  return { output, floats: symbols.filter(({ dtype }) => dtype === "float32") };
}

async function checkValues(backend: Backend, example: OperationCase): Promise<void> {
  const { output } = graphOf(example);
  const executable = await compileGraph(backend, { output });
  const result = (await executable.run(example.inputs)).output;
  await executable.dispose();
  expect(output.dtype).toBe(example.expected.dtype);
  expectClose(result, example.expected);
}

async function checkGradients(backend: Backend, example: OperationCase): Promise<void> {
  const { output, floats } = graphOf(example);
  if (example.gradients === "none") {
    for (const target of floats) expect(() => gradient(sumAll(output), [target])).toThrow();
  } else if (example.gradients) {
    const named = Object.entries(example.gradients);
    const targets = named.map(([name]) => floats.find(({ attributes }) => attributes.name === name) as Symbolic);
    const results = gradient(sumAll(output), targets);
    const executable = await compileGraph(
      backend,
      Object.fromEntries(named.map(([name], i) => [`d ${name}`, results[i]])),
    );
    const computed = await executable.run(example.inputs);
    await executable.dispose();
    for (const [name, values] of named) {
      expectClose(computed[`d ${name}`], { ...example.inputs[name], data: Float32Array.from(values) } as Tensor);
    }
  } else if (output.dtype === "float32" && floats.length > 0) {
    const error = await gradientError(backend, output, floats, example.inputs, 1e-2, example.expected.shape);
    expect(error).toBeLessThan(2e-3);
  }
}

function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const pairs = Array.from(expected.data as ArrayLike<number | bigint>, (value, i) => [
    Number(actual.data[i]),
    Number(value),
  ]);
  const off = pairs.find(([a, e]) => !(Math.abs(a - e) <= TOLERANCE * Math.max(1, Math.abs(e))));
  if (off) {
    const numbers = ({ data }: Tensor) => Array.from(data as ArrayLike<number | bigint>, Number);
    expect(numbers(actual)).toEqual(numbers(expected));
  }
}
