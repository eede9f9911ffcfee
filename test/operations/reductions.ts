/** Reductions over axes, and what runs along one. */
import * as op from "../../src/graph/ops.js";
import { casesOf, constant, count, f32, forTwoSizes, i32, SAMPLE, unary } from "./case.js";

export const reductionCases = casesOf({
  sum: [
    {
      title: "two axes, one from the end",
      inputs: { x: f32([2, 3, 2], count(12)) },
      build: ({ x }) => op.sum(x, [0, -1]),
      expected: f32([1, 3, 1], [14, 22, 30]),
    },
    { title: "no axis", inputs: { x: SAMPLE }, build: ({ x }) => op.sum(x, []), expected: SAMPLE },
    { title: "all", inputs: { x: SAMPLE }, build: ({ x }) => op.sumAll(x), expected: f32([], [1.75]) },
    {
      title: "int32",
      inputs: { x: i32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.sum(x, 0),
      expected: i32([1, 2], [4, 6]),
    },
    ...forTwoSizes("over a named axis", { x: ["B", "T", 2] }, ({ x }) => op.sum(x, 1), [
      { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([1, 1, 2], [6, 9]) },
      { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([2, 1, 2], [0, 1, 2, 3]) },
    ]),
  ],
  mean: [
    {
      title: "two axes",
      inputs: { x: f32([2, 3, 2], count(12)) },
      build: ({ x }) => op.mean(x, [0, 2]),
      expected: f32([1, 3, 1], [3.5, 5.5, 7.5]),
    },
    { title: "all", inputs: { x: f32([2, 2], [1, 2, 3, 6]) }, build: ({ x }) => op.meanAll(x), expected: f32([], [3]) },
    ...forTwoSizes("over a named and a known axis", { x: ["B", "T", 2] }, ({ x }) => op.mean(x, [1, 2]), [
      { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([1, 1, 1], [2.5]) },
      { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([2, 1, 1], [0.5, 2.5]) },
    ]),
  ],
  max: [
    {
      title: "the last axis",
      inputs: { x: f32([2, 3], [1, 5, 2, -3, -1, -2]) },
      build: ({ x }) => op.max(x, -1),
      expected: f32([2, 1], [5, -1]),
    },
    {
      title: "equals share the gradient",
      inputs: { x: f32([2, 3], [5, 5, 2, 7, 7, 7]) },
      build: ({ x }) => op.max(x, -1),
      expected: f32([2, 1], [5, 7]),
      gradients: { x: [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3] },
    },
    {
      title: "two axes",
      inputs: { x: f32([2, 2, 2], [1, 8, 3, 4, 5, 6, 7, 2]) },
      build: ({ x }) => op.max(x, [0, 2]),
      expected: f32([1, 2, 1], [8, 7]),
    },
  ],
  argMax: [
    {
      title: "the first of equals",
      inputs: { x: f32([3, 4], [1, 5, 2, 5, -3, -1, -2, -4, 0, 0, 0, 0]) },
      build: ({ x }) => op.argMax(x, -1),
      expected: i32([3, 1], [1, 1, 0]),
      gradients: "none",
    },
    {
      title: "the first axis",
      inputs: { x: f32([2, 3], [1, 5, 2, 3, 4, 2]) },
      build: ({ x }) => op.argMax(x, 0),
      expected: i32([1, 3], [1, 0, 0]),
      gradients: "none",
    },
  ],
  cumSum: [
    {
      title: "the last axis",
      inputs: { x: f32([2, 3], [1, 2, 3, -1, 0.5, 4]) },
      build: ({ x }) => op.cumSum(x, -1),
      expected: f32([2, 3], [1, 3, 6, -1, -0.5, 3.5]),
    },
    {
      title: "gradients that would drown in their sum",
      inputs: { x: f32([3], [0, 0, 0]) },
      build: ({ x }) => op.mul(op.cumSum(x, 0), constant(f32([3], [1e9, 2, 1]))),
      expected: f32([3], [0, 0, 0]),
      gradients: { x: [1e9, 3, 1] },
    },
    {
      title: "an axis within",
      inputs: { x: f32([1, 3, 2], count(6)) },
      build: ({ x }) => op.cumSum(x, 1),
      expected: f32([1, 3, 2], [0, 1, 2, 4, 6, 9]),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 4], [0, 0, 1, 1, 1, 1, 1, 1]) },
      build: ({ x }) => op.cumSum(x, 1),
      expected: i32([2, 4], [0, 0, 1, 2, 1, 2, 3, 4]),
    },
  ],
  softmax: [
    unary(
      op.softmax,
      f32([2, 3], [1, 2, -1, 0, 0, 0]),
      [0.25949646, 0.70538451, 0.035119027, 0.33333333, 0.33333333, 0.33333333],
    ),
    {
      title: "of large and of excluded elements",
      inputs: { x: f32([2, 3], [1000, 1001, 999, 3, -1e9, 3]) },
      build: ({ x }) => op.softmax(x),
      expected: f32([2, 3], [0.24472847, 0.66524096, 0.090030573, 0.5, 0, 0.5]),
      gradients: { x: [0, 0, 0, 0, 0, 0] },
    },
  ],
  logSoftmax: [
    unary(
      op.logSoftmax,
      f32([2, 3], [1, 2, -1, 0, 0, 0]),
      [-1.3490122, -0.34901222, -3.3490122, -1.0986123, -1.0986123, -1.0986123],
    ),
  ],
});
