import { expect, test } from "vitest";
import {
  add,
  broadcastTo,
  concat,
  equal,
  flatten,
  input,
  mul,
  pad,
  parameter,
  putAlong,
  reshape,
  scalar,
  scatterAdd,
  transpose,
  where,
} from "./ops.js";
import type { GraphDType } from "./symbolic.js";

test.each([
  ["int32", 0.5, "0.5 is no int32, a whole number from -2147483648 to 2147483647: cast the other operand"],
  ["int32", 2 ** 31, "2147483648 is no int32"],
  ["int8", 128, "128 is no int8, a whole number from -128 to 127"],
  ["uint8", -1, "-1 is no uint8, a whole number from 0 to 255"],
  ["int64", Number.NaN, "NaN is no int64"],
  ["int64", 0.5, "0.5 is no int64"],
] as const)("beside a tensor of %s %d is refused: it would be another number", (dtype, value, message) => {
  const ids = input("ids", dtype, ["T"]);
  const isThere = input("isThere", "bool", ["T"]);
  for (const build of [() => mul(ids, value), () => mul(value, ids), () => where(isThere, ids, value)]) {
    expect(build).toThrow(TypeError);
    expect(build).toThrow(message);
  }
});

test("numbers take the dtype of the other operand where it has them", () => {
  const [ids, x] = [input("ids", "int32", ["T"]), input("x", "float32", ["T"])];
  expect(equal(ids, -1).inputs[1].dtype).toBe("int32");
  expect(add(x, 0.5).dtype).toBe("float32");
  const values: [GraphDType, number][] = [
    ["int8", -128],
    ["uint8", 255],
    ["int64", -0],
    ["float16", Number.POSITIVE_INFINITY],
  ];
  for (const [dtype, value] of values) expect(scalar(value, dtype).dtype).toBe(dtype);
});

test("axes to flatten may be counted from the end, and are in their order", () => {
  const x = input("x", "float32", ["B", 2, 3]);
  expect(flatten(x, 0, 1).shape).toEqual(["2*B", 3]);
  expect(flatten(x, -2, -1).shape).toEqual(["B", 6]);
  expect(flatten(x, 1, -1).shape).toEqual(["B", 6]);
  for (const [start, end] of [
    [2, 1],
    [-1, 0],
    [0, 3],
    [-4, 1],
  ])
    expect(() => flatten(x, start, end)).toThrow(RangeError);
});

test("what leaves a tensor as it is is checked all the same", () => {
  const x = input("x", "float32", [2, 3]);
  for (const build of [
    () => transpose(x, [0]),
    () => transpose(x, [0, 1, 2]),
    () => concat([], 0),
    () => concat([x], 2),
    () => pad(x, 5, 0, 0),
  ])
    expect(build).toThrow(RangeError);
  expect(transpose(x, [0, 1])).toBe(x);
  expect(concat([x], -1)).toBe(x);
  expect(pad(x, -1, 0, 0)).toBe(x);
});

test("dimensions are whole numbers from 0 on, whatever makes them", () => {
  const x = input("x", "float32", [2, 3]);
  const ids = input("ids", "int32", [2]);
  for (const build of [
    () => reshape(x, [-2, -3]),
    () => reshape(x, [1.5, 4]),
    () => broadcastTo(input("one", "float32", [1]), [-2]),
    () => scatterAdd(x, ids, -3),
    () => putAlong(x, input("columns", "int32", [2, 3]), 0.5),
    () => input("y", "float32", [Number.NaN]),
    () => parameter("w", [-1]),
  ]) {
    expect(build).toThrow(RangeError);
    expect(build).toThrow("whole numbers from 0 on");
  }
});
