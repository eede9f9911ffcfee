import { expect, test } from "vitest";
import { add, equal, input, mul, scalar, where } from "./ops.js";
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
