/** Rows that come many times over: every one is added, on several threads too. Whole numbers, so that the sums are exact. */
import { expect, it } from "vitest";
import { openBackend } from "#backends";
import { tensor } from "../array/tensor.js";
import { toOnnx } from "./onnx.js";
import * as op from "./ops.js";

it("adds up rows that come thousands of times, on any number of threads", async () => {
  const [numPlaces, width, numRows] = [16_000, 64, 2048];
  const sums = op.scatterAdd(op.input("rows", "float32", ["N", width]), op.input("at", "int32", ["N"]), numRows);
  const bytes = toOnnx({ sums });
  const at = Int32Array.from({ length: numPlaces }, (_, i) => (i % 3 === 0 ? 7 : i % 2000));
  const counts = new Float32Array(numRows);
  for (const row of at) counts[row]++;
  const inputs = {
    rows: tensor("float32", [numPlaces, width], new Float32Array(numPlaces * width).fill(1)),
    at: tensor("int32", [numPlaces], at),
  };
  const backend = await openBackend("cpu");
  for (const numThreads of [1, 4]) {
    const executable = await backend.compile({ bytes }, { numThreads });
    for (let run = 0; run < 5; run++) {
      const data = (await executable.run(inputs)).sums.data as Float32Array;
      const wrong = counts.findIndex(
        (count, row) => data[row * width] !== count || data[row * width + width - 1] !== count,
      );
      expect(wrong, `row of ${counts[wrong]} on ${numThreads} threads`).toBe(-1);
    }
    await executable.dispose();
  }
});
