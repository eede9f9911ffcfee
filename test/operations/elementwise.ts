/** Sources, and operations on each element. */
import { float32ToFloat16 } from "../../src/array/float16.js";
import { tensor } from "../../src/array/tensor.js";
import * as op from "../../src/graph/ops.js";
import {
  binary,
  bool,
  casesOf,
  constant,
  f32,
  forTwoSizes,
  i32,
  i64,
  POSITIVE,
  SAMPLE,
  SPREAD,
  unary,
} from "./case.js";

export const elementwiseCases = casesOf({
  input: [
    { title: "as it is", inputs: { x: SAMPLE }, build: ({ x }) => x, expected: SAMPLE },
    { title: "int64", inputs: { x: i64([2], [-1, 2 ** 40]) }, build: ({ x }) => x, expected: i64([2], [-1, 2 ** 40]) },
  ],
  parameter: [
    {
      title: "fed like an input",
      inputs: { x: f32([2], [1, 2]), weight: f32([2], [3, 4]) },
      build: ({ x }) => op.mul(x, op.parameter("weight", [2])),
      expected: f32([2], [3, 8]),
      gradients: { x: [3, 4] },
    },
  ],
  constant: [
    {
      title: "one tensor, used twice, and a scalar",
      inputs: { x: f32([2], [1, 2]) },
      build: ({ x }) => op.add(op.add(x, constant(f32([2], [10, 20]))), op.add(constant(f32([2], [10, 20])), 0.5)),
      expected: f32([2], [21.5, 42.5]),
    },
  ],
  neg: [
    unary(op.neg, SAMPLE, [2, 0.5, 0, -0.25, -1, -3]),
    { title: "int32", inputs: { x: i32([2], [3, -7]) }, build: ({ x }) => op.neg(x), expected: i32([2], [-3, 7]) },
  ],
  exp: [unary(op.exp, SAMPLE, [0.13533528, 0.60653066, 1, 1.2840254, 2.7182818, 20.085537])],
  log: [unary(op.log, POSITIVE, [-1.3862944, 0, 0.69314718, 1.7047481])],
  sqrt: [unary(op.sqrt, POSITIVE, [0.5, 1, 1.4142136, 2.3452079])],
  sin: [unary(op.sin, SAMPLE, [-0.90929743, -0.47942554, 0, 0.24740396, 0.84147098, 0.14112001])],
  cos: [unary(op.cos, SAMPLE, [-0.41614684, 0.87758256, 1, 0.96891242, 0.54030231, -0.9899925])],
  tanh: [unary(op.tanh, SAMPLE, [-0.96402758, -0.46211716, 0, 0.24491866, 0.76159416, 0.99505475])],
  sigmoid: [unary(op.sigmoid, SAMPLE, [0.11920292, 0.37754067, 0.5, 0.5621765, 0.73105858, 0.95257413])],
  erf: [unary(op.erf, SAMPLE, [-0.99532227, -0.52049988, 0, 0.27632639, 0.84270079, 0.99997791])],
  abs: [
    unary(op.abs, SAMPLE, [2, 0.5, 0, 0.25, 1, 3], { x: [-1, -1, 0, 1, 1, 1] }),
    { title: "int32", inputs: { x: i32([2], [3, -7]) }, build: ({ x }) => op.abs(x), expected: i32([2], [3, 7]) },
  ],
  sign: [unary(op.sign, SAMPLE, [-1, -1, 0, 1, 1, 1], "none")],
  floor: [unary(op.floor, SAMPLE, [-2, -1, 0, 0, 1, 3], "none")],
  not: [
    { title: "bool", inputs: { x: bool([3], [1, 0, 1]) }, build: ({ x }) => op.not(x), expected: bool([3], [0, 1, 0]) },
  ],
  checkpoint: [unary((x) => op.recomputable(x, (y) => op.mul(y, y)), POSITIVE, [0.0625, 1, 4, 30.25])],
  stopGradient: [
    unary(op.stopGradient, SAMPLE, [-2, -0.5, 0, 0.25, 1, 3], "none"),
    {
      title: "stops one of two ways",
      inputs: { x: f32([2], [3, 4]) },
      build: ({ x }) => op.mul(x, op.stopGradient(x)),
      expected: f32([2], [9, 16]),
      gradients: { x: [3, 4] },
    },
  ],
  cast: [
    {
      title: "float32 to int32 cuts off",
      inputs: { x: f32([4], [-1.5, -0.5, 2.9, 7]) },
      build: ({ x }) => op.cast(x, "int32"),
      expected: i32([4], [-1, 0, 2, 7]),
      gradients: "none",
    },
    {
      title: "int64 to float32",
      inputs: { x: i64([3], [-3, 0, 123456]) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [-3, 0, 123456]),
    },
    {
      title: "int64 to int32 and back",
      inputs: { x: i64([3], [-3, 0, 123456]) },
      build: ({ x }) => op.cast(op.cast(x, "int32"), "int64"),
      expected: i64([3], [-3, 0, 123456]),
    },
    {
      title: "bool to float32",
      inputs: { x: bool([3], [1, 0, 1]) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [1, 0, 1]),
    },
    {
      title: "bool to int32",
      inputs: { x: bool([3], [1, 0, 1]) },
      build: ({ x }) => op.cast(x, "int32"),
      expected: i32([3], [1, 0, 1]),
    },
    {
      title: "int32 to bool",
      inputs: { x: i32([3], [2, 0, -1]) },
      build: ({ x }) => op.cast(x, "bool"),
      expected: bool([3], [1, 0, 1]),
    },
    {
      title: "float16 to float32",
      inputs: { x: tensor("float16", [3], float32ToFloat16(Float32Array.of(1, -0.5, 1024))) },
      build: ({ x }) => op.cast(x, "float32"),
      expected: f32([3], [1, -0.5, 1024]),
    },
  ],
  add: [
    binary(op.add, SPREAD.x, SPREAD.y, f32([2, 3], [11, 8, 13, 1.5, -1.5, 3.5])),
    binary(op.add, i32([2, 1], [1, 2]), i32([2], [10, 20]), i32([2, 2], [11, 21, 12, 22])),
    {
      title: "a tensor and itself",
      inputs: { x: SAMPLE },
      build: ({ x }) => op.add(x, x),
      expected: f32([2, 3], [-4, -1, 0, 0.5, 2, 6]),
    },
    ...forTwoSizes("[B, T] and [T]", { x: ["B", "T"], y: ["T"] }, ({ x, y }) => op.add(x, y), [
      { inputs: { x: f32([2, 2], [1, 2, 3, 4]), y: f32([2], [10, 20]) }, expected: f32([2, 2], [11, 22, 13, 24]) },
      { inputs: { x: f32([1, 3], [1, 2, 3]), y: f32([3], [1, 1, 1]) }, expected: f32([1, 3], [2, 3, 4]) },
    ]),
  ],
  sub: [
    binary(op.sub, SPREAD.x, SPREAD.y, f32([2, 3], [-9, -12, -7, 0.5, -2.5, 2.5])),
    binary(op.sub, i32([2], [1, 2]), i32([], [5]), i32([2], [-4, -3])),
    binary(op.sub, i64([2], [1, 2]), i64([], [5]), i64([2], [-4, -3])),
  ],
  mul: [
    binary(op.mul, SPREAD.x, SPREAD.y, f32([2, 3], [10, -20, 30, 0.5, -1, 1.5])),
    binary(op.mul, i32([2], [-3, 2]), i32([2], [5, 7]), i32([2], [-15, 14])),
    {
      title: "by a number from either side",
      inputs: { x: f32([2], [1, -2]) },
      build: ({ x }) => op.mul(2, op.mul(x, 3)),
      expected: f32([2], [6, -12]),
    },
  ],
  div: [
    binary(op.div, SPREAD.x, SPREAD.y, f32([2, 3], [0.1, -0.2, 0.3, 2, -4, 6])),
    binary(op.div, i32([2], [7, 9]), i32([2], [2, 3]), i32([2], [3, 3])),
  ],
  maximum: [
    binary(op.maximum, SPREAD.x, SPREAD.y, f32([2, 3], [10, 10, 10, 1, 0.5, 3])),
    binary(op.maximum, f32([3], [1, 2, 3]), f32([], [2]), f32([3], [2, 2, 3]), {
      title: "of equals",
      gradients: { x: [0, 1, 1], y: [1] },
    }),
    binary(op.maximum, i32([3], [1, 2, 3]), i32([], [2]), i32([3], [2, 2, 3])),
  ],
  minimum: [
    binary(op.minimum, SPREAD.x, SPREAD.y, f32([2, 3], [1, -2, 3, 0.5, -2, 0.5])),
    binary(op.minimum, f32([3], [1, 2, 3]), f32([], [2]), f32([3], [1, 2, 2]), {
      title: "of equals",
      gradients: { x: [1, 1, 0], y: [1] },
    }),
    binary(op.minimum, i32([3], [1, 2, 3]), i32([], [2]), i32([3], [1, 2, 2])),
  ],
  equal: [
    binary(op.equal, f32([3], [1, 2, 3]), f32([2, 1], [1, 3]), bool([2, 3], [1, 0, 0, 0, 0, 1]), { gradients: "none" }),
    binary(op.equal, i32([3], [1, 2, 3]), i32([2, 1], [1, 3]), bool([2, 3], [1, 0, 0, 0, 0, 1])),
    binary(op.equal, i64([2], [1, 2 ** 40]), i64([2], [2, 2 ** 40]), bool([2], [0, 1])),
    binary(op.equal, bool([4], [0, 0, 1, 1]), bool([4], [0, 1, 0, 1]), bool([4], [1, 0, 0, 1])),
  ],
  less: [
    binary(op.less, f32([3], [1, 2, 3]), f32([], [2]), bool([3], [1, 0, 0]), { gradients: "none" }),
    binary(op.less, i32([3], [1, 2, 3]), i32([], [2]), bool([3], [1, 0, 0])),
    binary(op.less, i64([3], [1, 2, 3]), i64([], [2]), bool([3], [1, 0, 0])),
  ],
  lessOrEqual: [
    binary(op.lessOrEqual, f32([3], [1, 2, 3]), f32([], [2]), bool([3], [1, 1, 0]), { gradients: "none" }),
    binary(op.lessOrEqual, i32([3], [1, 2, 3]), i32([], [2]), bool([3], [1, 1, 0])),
  ],
  and: [binary(op.and, bool([2], [0, 1]), bool([2, 1], [0, 1]), bool([2, 2], [0, 0, 0, 1]))],
  or: [binary(op.or, bool([2], [0, 1]), bool([2, 1], [0, 1]), bool([2, 2], [0, 1, 1, 1]))],
  where: [
    {
      title: "all three spread",
      inputs: { condition: bool([2, 1, 1], [1, 0]), x: f32([2, 1], [1, 2]), y: f32([3], [10, 20, 30]) },
      build: ({ condition, x, y }) => op.where(condition, x, y),
      expected: f32([2, 2, 3], [1, 1, 1, 2, 2, 2, 10, 20, 30, 10, 20, 30]),
    },
    {
      title: "a number among the choices",
      inputs: { x: f32([4], [1, -2, 3, -4]) },
      build: ({ x }) => op.where(op.less(x, 0), 0, op.mul(x, x)),
      expected: f32([4], [1, 0, 9, 0]),
    },
    {
      title: "int32",
      inputs: { condition: bool([3], [1, 0, 1]), x: i32([3], [1, 2, 3]), y: i32([], [-1]) },
      build: ({ condition, x, y }) => op.where(condition, x, y),
      expected: i32([3], [1, -1, 3]),
    },
  ],
});
