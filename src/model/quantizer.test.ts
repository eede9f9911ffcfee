import { expect, it } from "vitest";
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import { gradient } from "../graph/gradient.js";
import * as op from "../graph/ops.js";
import { openBackend } from "../runtime/backends-node.js";
import { quantize, reencodingLoss } from "./quantizer.js";

it("pulls what is encoded again to its bits, and leaves alone what is beyond ±1 on their side", async () => {
  const channels = (name: string) => op.input(name, "float32", [1, 4, 1, 1]);
  const [latent, again] = [channels("latent"), channels("again")];
  const loss = reencodingLoss(quantize(latent), again);
  const [ofAgain] = gradient(loss, [again]);
  expect(() => gradient(loss, [latent])).toThrow("no gradient reaches");
  const executable = await compileGraph(await openBackend("cpu"), { loss, ofAgain });
  const values = (...data: number[]) => tensor("float32", [1, 4, 1, 1], Float32Array.from(data));
  // Bits 1, −1, 1, −1: beyond, short by 0.5, on the wrong side by 1.5, just there.
  const results = await executable.run({
    latent: values(0.1, -2, 0.7, -0.2),
    again: values(3, -0.5, -0.5, -1),
  });
  await executable.dispose();
  expect(results.loss.data[0]).toBeCloseTo((0.5 ** 2 + 1.5 ** 2) / 4, 6);
  expect(Array.from(results.ofAgain.data as Float32Array, (slope) => slope + 0)).toEqual([0, 0.25, -0.75, 0]);
});
