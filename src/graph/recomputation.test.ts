import { expect, it } from "vitest";
import { createRandom, normal } from "../array/random.js";
import { tensor } from "../array/tensor.js";
import { openBackend } from "../runtime/backends-node.js";
import { compileGraph } from "./compile.js";
import { gradient } from "./gradient.js";
import * as op from "./ops.js";
import { type Symbolic, topologicalOrder } from "./symbolic.js";

const SIZE = 4;
const NAMES = ["w0", "w1", "w2"];

/** Three blocks on top of each other, x + tanh(x·w), and the gradients of the sum of squares. */
function blocks(isRecomputing: boolean): Record<string, Symbolic> {
  const x = op.input("x", "float32", [2, SIZE]);
  const weights = NAMES.map((name) => op.input(name, "float32", [SIZE, SIZE]));
  const last = weights.reduce<Symbolic>(
    (y, weight) => op.recomputable(y, (start) => op.add(start, op.tanh(op.matmul(start, weight)))),
    x,
  );
  const loss = op.sumAll(op.mul(last, last));
  const gradients = gradient(loss, [x, ...weights], { isRecomputing });
  return { loss, ...Object.fromEntries(["x", ...NAMES].map((name, i) => [`gradient of ${name}`, gradients[i]])) };
}

const countOf = (outputs: Record<string, Symbolic>, operation: string) =>
  topologicalOrder(Object.values(outputs)).filter((node) => node.operation === operation).length;

it("computes what stands between checkpoints once more, and the same gradients", async () => {
  const [kept, again] = [blocks(false), blocks(true)];
  expect(countOf(kept, "tanh")).toBe(3);
  expect(countOf(again, "tanh")).toBe(6);

  const rng = createRandom("recomputation");
  const draw = (shape: number[], size: number) =>
    tensor(
      "float32",
      shape,
      Float32Array.from({ length: size }, () => normal(rng)),
    );
  const inputs = {
    x: draw([2, SIZE], 2 * SIZE),
    ...Object.fromEntries(NAMES.map((name) => [name, draw([SIZE, SIZE], SIZE * SIZE)])),
  };
  const backend = await openBackend("cpu");
  const results = [];
  for (const outputs of [kept, again]) {
    const executable = await compileGraph(backend, outputs);
    const values = await executable.run(inputs);
    results.push(
      Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...(data as Float32Array)]])),
    );
    await executable.dispose();
  }
  expect(results[1]).toEqual(results[0]);
});
