import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { miniPath } from "../../test/mini.js";
import { parityPath } from "../../test/parity-case.js";
import type { ExampleSource } from "../data/example.js";
import { createMixture } from "../data/mixture.js";
import { openSource } from "../data/sources-node.js";
import { openBackend } from "../runtime/backends-node.js";
import { drawExamples, openDataMixture, openModelParts } from "./model-parts-node.js";

vi.mock("../data/sources-node.js", async (original) => {
  const actual = await original<typeof import("../data/sources-node.js")>();
  return { ...actual, openSource: vi.fn(actual.openSource) };
});

/** Some sums, and how often they were closed. */
const sums = (name: string) => {
  const dispose = vi.fn(async () => {});
  const read = async (index: number) => {
    if (index > 2) throw new Error("the disk is gone");
    return { task: "lm_chat" as const, messages: [{ role: "user" as const, content: `${index} + 1?` }], answer: "4" };
  };
  return { name, length: Number.POSITIVE_INFINITY, read, dispose } satisfies ExampleSource;
};

test("sources that are open are closed where another cannot be opened", async () => {
  const source = sums("sums");
  vi.mocked(openSource).mockResolvedValueOnce(source);
  const data = [
    { weight: 1, source: { type: "problems" as const, kind: "sum" as const } },
    { weight: 1, source: { type: "jsonl" as const, path: "none.jsonl" } },
  ];
  const context = { directory: tmpdir() };
  const opening = openDataMixture(data, { recipe: { maxSkipped: 0 }, context, sourceSeed: 1 });
  await expect(opening).rejects.toThrow(/none.jsonl/);
  expect(source.dispose).toHaveBeenCalledOnce();
});

test("a mixture that examples are drawn of is closed, also where one cannot be read", async () => {
  const source = sums("sums");
  const mixture = () => createMixture([{ source, weight: 1 }], { seed: 1 });
  const drawn = await drawExamples(mixture(), 3, ({ example }) => example.messages[0].content);
  expect(drawn).toEqual(["0 + 1?", "1 + 1?", "2 + 1?"]);
  expect(source.dispose).toHaveBeenCalledTimes(1);
  await expect(drawExamples(mixture(), 4, () => 1)).rejects.toThrow("the disk is gone");
  expect(source.dispose).toHaveBeenCalledTimes(2);
});

test("an image tokenizer that is named and absent is refused, though the data may have no pictures", async () => {
  const context = { backend: await openBackend("cpu"), directory: tmpdir(), output: join(tmpdir(), "none") };
  const opening = openModelParts({ from: miniPath, imageTokenizer: "./no-tokenizer" }, context);
  await expect(opening).rejects.toThrow(/There is no directory .*no-tokenizer/);
});

test("an image tokenizer of other codes than the model's is refused before training", async () => {
  const context = { backend: await openBackend("cpu"), directory: tmpdir(), output: join(tmpdir(), "none") };
  const model = { from: miniPath, imageTokenizer: parityPath("magvit") };
  await expect(openModelParts(model, context)).rejects.toThrow(/knows 4096 image codes, .*magvit has 64/);
});
