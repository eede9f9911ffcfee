import { expect, test } from "vitest";
import { tinyConfig as config } from "../../test/tiny-world.js";
import { input } from "../graph/ops.js";
import { symbolicParameter } from "./parameters.js";
import { logitsOf, transformerParameters } from "./transformer.js";

test("logits are of a part of the vocabulary, not of nothing and not beyond", () => {
  const parameters = transformerParameters(config, symbolicParameter);
  const hidden = input("hidden", "float32", ["M", config.width]);
  const V = config.vocabularySize;
  expect(logitsOf(config, parameters, hidden).shape).toEqual(["M", V]);
  expect(logitsOf(config, parameters, hidden, { start: 2, end: 5 }).shape).toEqual(["M", 3]);
  for (const [start, end] of [
    [-1, 5],
    [0, V + 1],
    [3, 3],
    [5, 2],
    [0.5, 2],
  ])
    expect(() => logitsOf(config, parameters, hidden, { start, end })).toThrow(
      `${start} to ${end} is no part of the vocabulary, 0 to ${V}`,
    );
});
