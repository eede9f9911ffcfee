import { describe, expect, it } from "vitest";
import { tensor } from "../array/tensor.js";
import { addChange, interpolate } from "./weight-change.js";

const weights = (...values: number[]) => new Map([["layer.weight", tensor("float32", [2], Float32Array.from(values))]]);
const before = weights(1, 2);
const after = weights(3, 1);
const valuesOf = (map: ReturnType<typeof addChange>) => Array.from(map.get("layer.weight")!.data);

describe("addChange", () => {
  it("adds what changed, or a share of it, and leaves what it is given as it was", () => {
    const other = weights(10, 20);
    expect(valuesOf(addChange(other, { before, after }))).toEqual([12, 19]);
    expect(valuesOf(addChange(other, { before, after }, 0.5))).toEqual([11, 19.5]);
    expect(valuesOf(other)).toEqual([10, 20]);
  });

  it("names a weight that does not fit", () => {
    const wide = new Map([["layer.weight", tensor("float32", [3], new Float32Array(3))]]);
    expect(() => addChange(wide, { before, after })).toThrow("layer.weight has shape [3] in the model, and [2]");
    expect(() => addChange(before, { before: new Map(), after })).toThrow("is missing in the change");
    expect(() => addChange(new Map(), { before, after })).toThrow(
      "layer.weight is in the change, but not in the model",
    );
  });
});

describe("interpolate", () => {
  it("goes from before to after", () => {
    expect(valuesOf(interpolate({ before, after }, 0))).toEqual([1, 2]);
    expect(valuesOf(interpolate({ before, after }, 0.25))).toEqual([1.5, 1.75]);
    expect(valuesOf(interpolate({ before, after }, 1))).toEqual([3, 1]);
  });
});
