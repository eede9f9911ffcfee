import { describe, expect, test } from "vitest";
import { createPermutation } from "./permutation.js";

const orderOf = (key: string, length: number) => {
  const permutation = createPermutation(key, length);
  return Array.from({ length }, (_, i) => permutation.at(i));
};

describe("createPermutation", () => {
  test.each([1, 2, 3, 4, 5, 16, 17, 100, 1911, 4096, 10_007])("visits each of %i once", (length) => {
    expect(new Set(orderOf("a", length)).size).toBe(length);
    expect(Math.max(...orderOf("a", length))).toBe(length - 1);
  });

  test("depends on the key and on nothing else", () => {
    expect(orderOf("a", 50)).toEqual(orderOf("a", 50));
    expect(orderOf("a", 50)).not.toEqual(orderOf("b", 50));
  });

  test("is not a shift: neighbours lie as far apart as by chance", () => {
    const order = orderOf("x", 1000);
    let distance = 0;
    for (let i = 1; i < 1000; i++) distance += Math.abs(order[i] - order[i - 1]) / 999;
    expect(distance).toBeGreaterThan(300);
    expect(distance).toBeLessThan(367);
  });

  test("each value is as likely at a place as any other", () => {
    const counts = new Array<number>(5).fill(0);
    for (let key = 0; key < 5000; key++) counts[createPermutation(`k${key}`, 5).at(2)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  test("reaches beyond 32 bits", () => {
    const values = Array.from({ length: 200 }, (_, i) => createPermutation("big", 2 ** 40 + 1).at(i));
    expect(new Set(values).size).toBe(200);
    expect(values.some((value) => value > 2 ** 36)).toBe(true);
  });

  test("refuses what it cannot order", () => {
    expect(() => createPermutation("a", 0)).toThrow("cannot permute 0 things");
    expect(() => createPermutation("a", 3).at(3)).toThrow("outside of [0, 3)");
  });
});
