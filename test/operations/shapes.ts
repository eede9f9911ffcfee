/** Operations that move elements and compute nothing. */
import * as op from "../../src/graph/ops.js";
import { casesOf, count, f32, forTwoSizes, i32 } from "./case.js";

export const shapeCases = casesOf({
  reshape: [
    {
      title: "known sizes",
      inputs: { x: f32([2, 3], count(6)) },
      build: ({ x }) => op.reshape(x, [3, 1, 2]),
      expected: f32([3, 1, 2], count(6)),
    },
    {
      title: "to a scalar",
      inputs: { x: f32([1, 1], [7]) },
      build: ({ x }) => op.reshape(x, []),
      expected: f32([], [7]),
    },
    {
      title: "nothing, in fewer axes",
      inputs: { x: f32([3, 0], []) },
      build: ({ x }) => op.reshape(x, [0]),
      expected: f32([0], []),
    },
    {
      title: "nothing, in more axes",
      inputs: { x: f32([2, 0], []) },
      build: ({ x }) => op.reshape(x, [0, 2, 5]),
      expected: f32([0, 2, 5], []),
    },
    {
      title: "nothing, with a name",
      inputs: { x: f32([2, 0], []) },
      shapes: { x: ["B", 0] },
      build: ({ x }) => op.reshape(x, [0, "B"]),
      expected: f32([0, 2], []),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.reshape(x, [4]),
      expected: i32([4], [1, 2, 3, 4]),
    },
    ...forTwoSizes("two names that change places", { x: ["B", "T", 6] }, ({ x }) => op.reshape(x, ["T", "B", 2, 3]), [
      { inputs: { x: f32([2, 1, 6], count(12)) }, expected: f32([1, 2, 2, 3], count(12)) },
      { inputs: { x: f32([1, 3, 6], count(18)) }, expected: f32([3, 1, 2, 3], count(18)) },
    ]),
    ...forTwoSizes(
      "to a product of names and apart again",
      { x: ["B", "T", 2] },
      ({ x }) => op.reshape(op.mul(op.flatten(x, 0, 2), 2), ["T", "B", 2]),
      [
        { inputs: { x: f32([2, 1, 2], count(4)) }, expected: f32([1, 2, 2], [0, 2, 4, 6]) },
        { inputs: { x: f32([1, 3, 2], count(6)) }, expected: f32([3, 1, 2], [0, 2, 4, 6, 8, 10]) },
      ],
    ),
  ],
  broadcastTo: [
    {
      title: "known sizes",
      inputs: { x: f32([2, 1], [1, 2]) },
      build: ({ x }) => op.broadcastTo(x, [2, 2, 3]),
      expected: f32([2, 2, 3], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]),
    },
    ...forTwoSizes(
      "to names of another input",
      { x: [1, 2], y: ["B", "T"] },
      ({ x, y }) => op.add(op.broadcastTo(op.reshape(x, [2, 1, 1]), [2, "B", "T"]), y),
      [
        { inputs: { x: f32([1, 2], [1, 2]), y: f32([1, 2], [10, 20]) }, expected: f32([2, 1, 2], [11, 21, 12, 22]) },
        { inputs: { x: f32([1, 2], [1, 2]), y: f32([2, 1], [10, 20]) }, expected: f32([2, 2, 1], [11, 21, 12, 22]) },
      ],
    ),
  ],
  transpose: [
    {
      title: "three axes round",
      inputs: { x: f32([1, 2, 3], count(6)) },
      build: ({ x }) => op.transpose(x, [2, 0, 1]),
      expected: f32([3, 1, 2], [0, 3, 1, 4, 2, 5]),
    },
    {
      title: "int32",
      inputs: { x: i32([2, 3], count(6)) },
      build: ({ x }) => op.transpose(x, [1, 0]),
      expected: i32([3, 2], [0, 3, 1, 4, 2, 5]),
    },
  ],
  concat: [
    {
      title: "three along the last axis, one of them twice",
      inputs: { x: f32([2, 1], [1, 2]), y: f32([2, 2], [3, 4, 5, 6]) },
      build: ({ x, y }) => op.concat([x, y, x], -1),
      expected: f32([2, 4], [1, 3, 4, 1, 2, 5, 6, 2]),
    },
    ...forTwoSizes("beside a named axis", { x: ["B", 1], y: ["B", 2] }, ({ x, y }) => op.concat([x, y], 1), [
      { inputs: { x: f32([1, 1], [1]), y: f32([1, 2], [2, 3]) }, expected: f32([1, 3], [1, 2, 3]) },
      { inputs: { x: f32([2, 1], [1, 4]), y: f32([2, 2], [2, 3, 5, 6]) }, expected: f32([2, 3], count(6, 1)) },
    ]),
  ],
  slice: [
    {
      title: "a range",
      inputs: { x: f32([2, 4], count(8)) },
      build: ({ x }) => op.slice(x, 1, 1, 3),
      expected: f32([2, 2], [1, 2, 5, 6]),
    },
    {
      title: "the last element",
      inputs: { x: f32([2, 4], count(8)) },
      build: ({ x }) => op.slice(x, -1, 3, 4),
      expected: f32([2, 1], [3, 7]),
    },
    {
      title: "every third from the second, with some left over",
      inputs: { x: f32([2, 9], count(18)) },
      build: ({ x }) => op.slice(x, 1, 1, 8, 3),
      expected: f32([2, 3], [1, 4, 7, 10, 13, 16]),
    },
    {
      title: "every second of the first axis",
      inputs: { x: f32([3, 2], count(6)) },
      build: ({ x }) => op.slice(x, 0, 0, 3, 2),
      expected: f32([2, 2], [0, 1, 4, 5]),
    },
    ...forTwoSizes("with a step, beside names", { x: ["B", 4, "T"] }, ({ x }) => op.slice(x, 1, 0, 3, 2), [
      { inputs: { x: f32([1, 4, 2], count(8)) }, expected: f32([1, 2, 2], [0, 1, 4, 5]) },
      { inputs: { x: f32([2, 4, 1], count(8)) }, expected: f32([2, 2, 1], [0, 2, 4, 6]) },
    ]),
  ],
  pad: [
    {
      title: "both ends",
      inputs: { x: f32([2, 2], [1, 2, 3, 4]) },
      build: ({ x }) => op.pad(x, 1, 1, 2),
      expected: f32([2, 5], [0, 1, 2, 0, 0, 0, 3, 4, 0, 0]),
    },
    {
      title: "one end of the first axis",
      inputs: { x: f32([1, 2], [1, 2]) },
      build: ({ x }) => op.pad(x, 0, 0, 1),
      expected: f32([2, 2], [1, 2, 0, 0]),
    },
    {
      title: "int32",
      inputs: { x: i32([2], [1, 2]) },
      build: ({ x }) => op.pad(x, 0, 1, 0),
      expected: i32([3], [0, 1, 2]),
    },
  ],
  upsample: [
    {
      title: "threefold",
      inputs: { x: f32([1, 1, 1, 2], [1, 2]) },
      build: ({ x }) => op.upsample(x, 3),
      expected: f32([1, 1, 3, 6], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]),
    },
    ...forTwoSizes("sides with names", { x: ["B", 1, "H", "W"] }, ({ x }) => op.upsample(x, 2), [
      { inputs: { x: f32([1, 1, 2, 1], [1, 2]) }, expected: f32([1, 1, 4, 2], [1, 1, 1, 1, 2, 2, 2, 2]) },
      { inputs: { x: f32([2, 1, 1, 1], [1, 2]) }, expected: f32([2, 1, 2, 2], [1, 1, 1, 1, 2, 2, 2, 2]) },
    ]),
  ],
  flip: [
    {
      title: "two axes",
      inputs: { x: f32([2, 1, 3], count(6)) },
      build: ({ x }) => op.flip(x, [0, 2]),
      expected: f32([2, 1, 3], [5, 4, 3, 2, 1, 0]),
    },
    {
      title: "one axis, from the end",
      inputs: { x: f32([2, 3], count(6)) },
      build: ({ x }) => op.flip(x, [-1]),
      expected: f32([2, 3], [2, 1, 0, 5, 4, 3]),
    },
    ...forTwoSizes("a named axis", { x: ["T"] }, ({ x }) => op.flip(x, [0]), [
      { inputs: { x: f32([3], count(3)) }, expected: f32([3], [2, 1, 0]) },
      { inputs: { x: f32([1], [4]) }, expected: f32([1], [4]) },
    ]),
  ],
});
