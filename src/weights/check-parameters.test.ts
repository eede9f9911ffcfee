import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { DType } from "../array/tensor.js";
import { checkParameters, ParameterError } from "./check-parameters.js";
import { openModelWeights } from "./model-weights.js";

const parity = (path: string) => fileURLToPath(new URL(`../../test/parity/${path}`, import.meta.url));
const found = (name: string, shape: number[], dtype: DType = "float32") => ({ name, shape, dtype });

it("lists all that is wrong in one error", () => {
  const expected = new Map([
    ["a", { shape: [2, 3] }],
    ["b", { shape: [4] }],
    ["c", { shape: [] }],
    ["d", { shape: [1] }],
  ]);
  const check = () =>
    checkParameters(
      expected,
      [found("a", [3, 2]), found("c", []), found("d", [1], "int64"), found("e", [9], "float16")],
      { source: "x/model.safetensors" },
    );
  expect(check).toThrow(ParameterError);
  expect(check).toThrow(
    [
      "x/model.safetensors does not fit the model:",
      "  1 missing:",
      "    b [4]",
      "  1 unexpected:",
      "    e [9] float16",
      "  2 of another shape or dtype:",
      "    a: [2, 3] float32 expected, [3, 2] float32 found",
      "    d: [1] a float expected, [1] int64 found",
      "Check that config.json belongs to these weights.",
    ].join("\n"),
  );
});

it("shows twenty of each kind and counts the rest", () => {
  const expected = new Map(Array.from({ length: 291 }, (_, i) => [`layer.${i}`, { shape: [i] }]));
  try {
    checkParameters(expected, []);
    expect.fail("nothing was found missing");
  } catch (error) {
    const { message, missing } = error as ParameterError;
    expect(missing).toHaveLength(291);
    expect(message).toContain("291 missing:");
    expect(message).toContain("… and 271 more");
    expect(message.split("\n")).toHaveLength(24);
  }
});

it("ignores what it is told to, and takes any floating-point dtype unless one is named", () => {
  const expected = new Map([
    ["w", { shape: [2] }],
    ["n", { shape: [], dtype: "int64" as const }],
  ]);
  const all = [found("w", [2], "bfloat16"), found("n", [], "int64"), found("loss.weight", [1])];
  expect(() => checkParameters(expected, all, { ignore: [/^loss\./g] })).not.toThrow();
  expect(() => checkParameters(expected, all, { ignore: [/^loss$/] })).toThrow(/1 unexpected/);
  expect(() => checkParameters(expected, [all[0], found("n", [], "float32")])).toThrow(
    /n: \[\] int64 expected, \[\] float32 found/,
  );
});

it("accepts the released names and shapes, and tells a small model from them", async () => {
  const shapes = JSON.parse(await readFile(parity("released-parameter-shapes.json"), "utf8"));
  for (const model of ["mmada-8b", "magvitv2"]) {
    const entries = Object.entries(shapes[model] as Record<string, number[]>);
    const expected = new Map(entries.map(([name, shape]) => [name, { shape }]));
    expect(() =>
      checkParameters(
        expected,
        entries.map(([name, shape]) => found(name, shape, "bfloat16")),
      ),
    ).not.toThrow();
    const weights = await openModelWeights(parity("mha"));
    const small = weights.names.map((name) => ({ name, ...weights.info(name) }));
    expect(() => checkParameters(expected, small)).toThrow(ParameterError);
    await weights.close();
  }
});
