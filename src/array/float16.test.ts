import { expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.js";

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

it("every float16 goes to float32 and back as it was; NaN stays NaN", () => {
  const values = float16ToFloat32(ALL);
  const back = float32ToFloat16(values);
  let numNaN = 0;
  for (let bits = 0; bits < 65536; bits++) {
    if (Number.isNaN(values[bits])) {
      numNaN++;
      expect(float16ToFloat32(back.subarray(bits, bits + 1))[0]).toBeNaN();
    } else if (back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
  }
  expect(numNaN).toBe(2 * 1023);
  expect([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555, 0x7c00, 0xfc00].map((bits) => values[bits])).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
    2 ** -24,
    0.333251953125,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
  expect(Object.is(values[0x8000], -0)).toBe(true);
});

it("every bfloat16 goes to float32 and back as it was; NaN stays NaN", () => {
  const values = bfloat16ToFloat32(ALL);
  const back = float32ToBfloat16(values);
  for (let bits = 0; bits < 65536; bits++) {
    if (Number.isNaN(values[bits])) expect(bfloat16ToFloat32(back.subarray(bits, bits + 1))[0]).toBeNaN();
    else if (back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
  }
  expect([0x3f80, 0xc049, 0x7f80].map((bits) => values[bits])).toEqual([1, -3.140625, Number.POSITIVE_INFINITY]);
});

it("float32 goes to the nearest float16, halfway to the even one, over the whole range", () => {
  const values = float16ToFloat32(ALL);
  const points = new Float32Array(3);
  for (let bits = 0; bits < 0x7bff; bits++) {
    const middle = (values[bits] + values[bits + 1]) / 2;
    const step = Math.max(middle * 2 ** -22, 2 ** -40);
    points.set([middle - step, middle, middle + step]);
    const [below, halfway, above] = float32ToFloat16(points);
    const even = bits % 2 === 0 ? bits : bits + 1;
    if (below !== bits || halfway !== even || above !== bits + 1) {
      expect.fail(`around ${middle}: ${[below, halfway, above]}, expected ${[bits, even, bits + 1]}`);
    }
  }
  expect([...float32ToFloat16(Float32Array.of(65519.99, 65520, -1e9, 2 ** -26, -(2 ** -25)))]).toEqual([
    0x7bff, 0x7c00, 0xfc00, 0, 0x8000,
  ]);
});

it("float32 goes to the nearest bfloat16, halfway to the even one", () => {
  const at = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer);
  const rounded = (bits: number) => float32ToBfloat16(at(bits))[0];
  expect(
    [0x3f807fff, 0x3f808000, 0x3f808001, 0x3f818000, 0xbf808001, 0x7f7fffff, 0x00000001, 0xff800000].map(rounded),
  ).toEqual([0x3f80, 0x3f80, 0x3f81, 0x3f82, 0xbf81, 0x7f80, 0x0000, 0xff80]);
  expect(Number.isNaN(bfloat16ToFloat32(Uint16Array.of(rounded(0x7f800001)))[0])).toBe(true);
});

it("writes into the array that is given, also a view of one", () => {
  const target = new Float32Array(4);
  expect(bfloat16ToFloat32(Uint16Array.of(0x3f80), target.subarray(2, 3)).buffer).toBe(target.buffer);
  float16ToFloat32(Uint16Array.of(0x4000), target.subarray(3));
  expect([...target]).toEqual([0, 0, 1, 2]);
  expect([...float32ToBfloat16(target.subarray(2))]).toEqual([0x3f80, 0x4000]);
});
