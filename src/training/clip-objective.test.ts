import { expect, it } from "vitest";
import { tensor } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import { gradient } from "../graph/gradient.js";
import * as op from "../graph/ops.js";
import { openBackend } from "../runtime/backends-node.js";
import { contrastiveLoss } from "./clip-objective.js";

it("is the mean cross-entropy of finding texts by pictures and pictures by texts", async () => {
  const pair = (name: string) => op.input(name, "float32", [2, 2]);
  const { loss, reports } = contrastiveLoss(
    pair("images"),
    pair("texts"),
    op.input("logitScale", "float32", []),
    pair("targets"),
  );
  const executable = await compileGraph(await openBackend("cpu"), { loss, ...reports });
  const matrix = (...data: number[]) => tensor("float32", [2, 2], Float32Array.from(data));
  const results = await executable.run({
    images: matrix(1, 0, 0, 1),
    texts: matrix(1, 0, 0.6, 0.8),
    logitScale: tensor("float32", [], Float32Array.of(Math.log(2))),
    targets: matrix(1, 0, 0, 1),
  });
  await executable.dispose();
  const number = (name: string) => Number(results[name].data[0]);
  // Logits are 2·[[1, 0.6], [0, 0.8]]; of each row and column −log softmax of what belongs together is log(1 + e^−difference).
  const surprise = (difference: number) => Math.log(1 + Math.exp(-difference));
  expect(number("byPicture")).toBeCloseTo((surprise(0.8) + surprise(1.6)) / 2, 5);
  expect(number("byText")).toBeCloseTo((surprise(2) + surprise(0.4)) / 2, 5);
  expect(number("loss")).toBeCloseTo(0.298736, 5);
  expect(number("scale")).toBeCloseTo(2, 5);
});

it("caps what cosines are multiplied by, and lets it come back from beyond", async () => {
  const pair = (name: string) => op.input(name, "float32", [2, 2]);
  const logitScale = op.input("logitScale", "float32", []);
  const { loss, reports } = contrastiveLoss(pair("images"), pair("texts"), logitScale, pair("targets"));
  const [slope] = gradient(loss, [logitScale]);
  const executable = await compileGraph(await openBackend("cpu"), { slope, scale: reports.scale });
  const matrix = (...data: number[]) => tensor("float32", [2, 2], Float32Array.from(data));
  const { slope: falls, scale } = await executable.run({
    images: matrix(1, 0, 0, 1),
    texts: matrix(0, 1, 1, 0),
    logitScale: tensor("float32", [], Float32Array.of(5)),
    targets: matrix(1, 0, 0, 1),
  });
  await executable.dispose();
  expect(scale.data[0]).toBeCloseTo(100, 3);
  expect(falls.data[0]).toBeGreaterThan(1);
});
