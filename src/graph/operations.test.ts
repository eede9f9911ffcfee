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
import { cast, input, sumAll } from "./ops.js";
import type { GraphDType, Symbolic } from "./symbolic.js";

const gpu = await findWebGpu();
const devices = [
  { device: "cpu", missing: undefined },
  { device: "webgpu", missing: "reason" in gpu ? gpu.reason : undefined },
] as const;

/** Allowed between a number and what is expected of it, relative to the larger of that and 1: GPUs approximate tanh, erf and the like. */
const TOLERANCE = { cpu: 1e-6, webgpu: 2e-4 } as const;
/** The same for gradients against central differences, which are not exact themselves. */
const DIFFERENCE_TOLERANCE = { cpu: 1e-3, webgpu: 2e-3 } as const;

for (const { device, missing } of devices) {
  describe.skipIf(missing)(`operations on ${device}${missing ? ` (${missing})` : ""}`, async () => {
    const backend = await openBackend(device);
    for (const [operation, cases] of Object.entries(operationCases as Record<string, readonly OperationCase[]>)) {
      for (const example of cases) {
        // Adapters without shader-f16 (SwiftShader) have no float16.
        const isMissing = device === "webgpu" && example.title.startsWith("float16");
        test.skipIf(isMissing)(`${operation}: ${example.title}`, async () => {
          await checkValues(backend, example, TOLERANCE[device]);
          await checkGradients(backend, example, TOLERANCE[device], DIFFERENCE_TOLERANCE[device]);
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

async function checkValues(backend: Backend, example: OperationCase, tolerance: number): Promise<void> {
  const { output } = graphOf(example);
  const executable = await compileGraph(backend, { output });
  const result = (await executable.run(example.inputs)).output;
  await executable.dispose();
  expect(output.dtype).toBe(example.expected.dtype);
  expectClose(result, example.expected, tolerance);
}

async function checkGradients(
  backend: Backend,
  example: OperationCase,
  tolerance: number,
  differenceTolerance: number,
): Promise<void> {
  const { output, floats } = graphOf(example);
  if (example.gradients === "none" || example.gradients === "second derivatives") {
    const loss = sumAll(cast(output, "float32"));
    for (const target of floats) {
      const fault =
        example.gradients === "none" ? `no gradient reaches input "${target.attributes.name}"` : example.gradients;
      expect(() => gradient(loss, [target])).toThrow(fault);
    }
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
      expectClose(
        computed[`d ${name}`],
        { ...example.inputs[name], data: Float32Array.from(values) } as Tensor,
        tolerance,
      );
    }
  } else if (output.dtype === "float32" && floats.length > 0) {
    const error = await gradientError(backend, output, floats, example.inputs, 1e-2, example.expected.shape);
    expect(error).toBeLessThan(differenceTolerance);
  }
}

function expectClose(actual: Tensor, expected: Tensor, tolerance: number): void {
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const pairs = Array.from(expected.data as ArrayLike<number | bigint>, (value, i) => [
    Number(actual.data[i]),
    Number(value),
  ]);
  const off = pairs.find(([a, e]) => !(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))));
  if (off) {
    const numbers = ({ data }: Tensor) => Array.from(data as ArrayLike<number | bigint>, Number);
    expect(numbers(actual)).toEqual(numbers(expected));
  }
}
