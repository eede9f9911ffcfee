/** Reading and adding at places that other tensors name. */
import * as op from "../../src/graph/ops.js";
import { casesOf, count, f32, forTwoSizes, i32, i64 } from "./case.js";

export const indexingCases = casesOf({
  gather: [
    {
      title: "rows, one of them twice",
      inputs: { table: f32([3, 2], count(6)), at: i32([2, 2], [2, 0, 2, 1]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: f32([2, 2, 2], [4, 5, 0, 1, 4, 5, 2, 3]),
    },
    {
      title: "at indices of int64",
      inputs: { table: f32([3], [1, 2, 3]), at: i64([2], [2, 2]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: f32([2], [3, 3]),
    },
    {
      title: "of int32",
      inputs: { table: i32([3], [7, 8, 9]), at: i32([2], [2, 0]) },
      build: ({ table, at }) => op.gather(table, at),
      expected: i32([2], [9, 7]),
    },
    ...forTwoSizes("a table of named size", { table: ["R", 2], at: ["M"] }, ({ table, at }) => op.gather(table, at), [
      { inputs: { table: f32([3, 2], count(6)), at: i32([2], [2, 2]) }, expected: f32([2, 2], [4, 5, 4, 5]) },
      { inputs: { table: f32([1, 2], count(2)), at: i32([1], [0]) }, expected: f32([1, 2], [0, 1]) },
    ]),
  ],
  scatterAdd: [
    {
      title: "two to one row, none to another",
      inputs: { updates: f32([2, 2, 2], count(8, 1)), at: i32([2, 2], [2, 0, 2, 3]) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 4),
      expected: f32([4, 2], [3, 4, 0, 0, 6, 8, 7, 8]),
    },
    {
      title: "many to one place",
      inputs: { updates: f32([300], new Array(300).fill(0.5)), at: i32([300], new Array(300).fill(1)) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 2),
      expected: f32([2], [0, 150]),
      gradients: { updates: new Array(300).fill(1) },
    },
    {
      title: "int32",
      inputs: { updates: i32([3], [1, 2, 3]), at: i32([3], [0, 1, 0]) },
      build: ({ updates, at }) => op.scatterAdd(updates, at, 2),
      expected: i32([2], [4, 2]),
    },
  ],
  takeAlong: [
    {
      title: "several of each row, one of them twice",
      inputs: { x: f32([2, 3], count(6)), at: i32([2, 4], [2, 0, 2, 1, 0, 0, 1, 1]) },
      build: ({ x, at }) => op.takeAlong(x, at),
      expected: f32([2, 4], [2, 0, 2, 1, 3, 3, 4, 4]),
    },
    ...forTwoSizes("one of each row", { x: ["M", 3], at: ["M", 1] }, ({ x, at }) => op.takeAlong(x, at), [
      { inputs: { x: f32([2, 3], count(6)), at: i32([2, 1], [2, 1]) }, expected: f32([2, 1], [2, 4]) },
      { inputs: { x: f32([1, 3], count(3)), at: i32([1, 1], [0]) }, expected: f32([1, 1], [0]) },
    ]),
  ],
  putAlong: [
    {
      title: "two to one place",
      inputs: { updates: f32([2, 3], count(6, 1)), at: i32([2, 3], [2, 0, 2, 1, 0, 3]) },
      build: ({ updates, at }) => op.putAlong(updates, at, 4),
      expected: f32([2, 4], [2, 0, 4, 0, 5, 4, 0, 6]),
    },
    ...forTwoSizes(
      "a size with a name",
      { updates: ["M", 1], at: ["M", 1], like: ["V"] },
      ({ updates, at, like }) => op.add(op.putAlong(updates, at, "V"), like),
      [
        {
          inputs: { updates: f32([2, 1], [5, 6]), at: i32([2, 1], [1, 0]), like: f32([2], [0, 1]) },
          expected: f32([2, 2], [0, 6, 6, 1]),
        },
        {
          inputs: { updates: f32([1, 1], [5]), at: i32([1, 1], [2]), like: f32([3], [0, 0, 1]) },
          expected: f32([1, 3], [0, 0, 6]),
        },
      ],
    ),
  ],
});
