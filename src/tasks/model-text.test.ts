import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import { parityPath } from "../../test/parity-case.js";
import { MMaDA } from "./model.js";
import { openModelText } from "./model-text.js";

const imageTokenizer = join(miniPath, "image-tokenizer");
const settings = JSON.parse(await readFile(join(miniPath, "config.json"), "utf8")) as Record<string, unknown>;

/** A model without its weights. */
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-text-"));
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"])
    await cp(join(miniPath, name), join(directory, name));
});
afterEach(() => rm(directory, { recursive: true }));

test("a model's text is opened without weights; its pictures are known where its image tokenizer is", async () => {
  const { vocabulary, imageGrid, files, config } = await openModelText(directory);
  expect([vocabulary.textSize, vocabulary.codebookSize, config.maxSequenceLength]).toEqual([2048, 4096, 512]);
  expect(imageGrid).toBeUndefined();
  expect(files["config.json"]).toEqual(settings);
  expect((await openModelText(directory, { imageTokenizer })).imageGrid).toBe(8);
});

test("an image tokenizer of other codes is refused, whoever opens the model", async () => {
  const other = parityPath("magvit");
  await expect(openModelText(directory, { imageTokenizer: other })).rejects.toThrow(
    `the model ${directory} knows 4096 image codes, its image tokenizer ${other} has 64: choose the one`,
  );
  const given = { settings: { json: settings, origin: "model.config" }, imageTokenizer: other };
  await expect(openModelText(directory, given)).rejects.toThrow("model.config knows 4096 image codes");
});

test("the image tokenizer tells how many codes there are where the settings do not", async () => {
  const { codebook_size, llm_vocab_size, ...silent } = settings;
  const given = { json: silent, origin: "model.config" };
  await expect(openModelText(directory, { settings: given })).rejects.toThrow(/no telling which/);
  const { vocabulary } = await openModelText(directory, { settings: given, imageTokenizer });
  expect([vocabulary.textSize, vocabulary.codebookSize]).toEqual([2048, 4096]);
});

test("sections of generation_config.json may be others", async () => {
  await writeFile(
    join(directory, "generation_config.json"),
    JSON.stringify({ text: { steps: 3 }, image: { steps: 4 } }),
  );
  const { defaults } = await openModelText(directory, { generation: { text: { steps: 5 } } });
  expect([defaults.text.steps, defaults.image.steps]).toEqual([5, 4]);
});

test("an adapter that is not there is told of before weights are read", async () => {
  await expect(MMaDA.fromPretrained(directory, { adapter: "no-such-adapter" })).rejects.toThrow(/no-such-adapter/);
});
