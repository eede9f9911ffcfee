/**
 * Model directories that are broken, or made to do harm: loading ends soon, with an error that names the file, and takes no more memory
 * than the files are large, whatever numbers stand in them.
 */
import { readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MMaDA } from "../../src/tasks/model.js";
import { miniPath } from "../mini.js";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "mmada-hostile-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The bundled model with some files replaced, or left out where there is no content. */
async function directoryWith(replaced: Readonly<Record<string, string | Uint8Array | undefined>>): Promise<string> {
  const directory = await mkdtemp(join(scratch, "model-"));
  for (const folder of ["", "image-tokenizer"]) {
    await mkdir(join(directory, folder), { recursive: true });
    for (const entry of await readdir(join(miniPath, folder), { withFileTypes: true })) {
      const name = join(folder, entry.name);
      if (entry.isFile() && !(name in replaced)) await symlink(join(miniPath, name), join(directory, name));
    }
  }
  for (const [name, content] of Object.entries(replaced)) {
    if (content !== undefined) await writeFile(join(directory, name), content);
  }
  return directory;
}

const json = (name: string) => JSON.parse(readFileSync(join(miniPath, name), "utf8"));
const changed = (name: string, changes: object) => JSON.stringify({ ...json(name), ...changes });

/** The bundled model, whatever it is today: what is wrong with a setting is said relative to it. */
const bundled: { d_model: number; n_layers: number; n_heads: number; llm_vocab_size: number } = json("config.json");
const firstNonDivisor = (number: number) => {
  let divisor = 2;
  while (number % divisor === 0) divisor++;
  return divisor;
};
const unfitHeads = firstNonDivisor(bundled.d_model);
const unfitKeyValueHeads = firstNonDivisor(bundled.n_heads);
const oddWidth = bundled.d_model - 1 + (bundled.d_model % 2);

/** Files as large as these are read before some faults can be found; the rest is the runtime's and the collector's. */
const ALLOWED_MB =
  50 + (2 * ["", "image-tokenizer"].reduce((sum, at) => sum + sizeOf(join(at, "model.safetensors")), 0)) / 2 ** 20;
function sizeOf(name: string): number {
  return statSync(join(miniPath, name)).size;
}

/** Loading fails with one of the errors that loading has, says `message`, and needs little for it. */
async function expectRefusal(replaced: Parameters<typeof directoryWith>[0], message: RegExp): Promise<void> {
  const directory = await directoryWith(replaced);
  const before = process.memoryUsage.rss();
  const failure = await MMaDA.fromPretrained(directory).then(
    async (model) => {
      await model.dispose();
      return undefined;
    },
    (error: Error) => error,
  );
  const used = (process.memoryUsage.rss() - before) / 2 ** 20;
  expect(failure, "it loaded").toBeInstanceOf(Error);
  expect(failure?.name).toMatch(/^(File|Json|Config|Safetensors|Parameter|Tokenizer|Vocabulary|Option)Error$/);
  expect(failure?.message).toMatch(message);
  expect(failure?.message.length).toBeLessThan(6000);
  expect(used).toBeLessThan(ALLOWED_MB);
}

describe("config.json", () => {
  test.each([
    ["empty", "", /config\.json is no JSON/],
    ["cut short", '{"d_model": 256, "n_la', /config\.json is no JSON/],
    ["null", "null", /config\.json/],
    ["a list", "[1, 2]", /config\.json/],
    ["a page of HTML", "<!doctype html><title>404</title>", /config\.json is no JSON/],
    ["nested a million deep", `${"[".repeat(1e6)}`, /nested more than/],
    ["a name twice", '{"d_model": 256, "d_model": 512}', /twice/],
  ])("%s", (_, content, message) => expectRefusal({ "config.json": content }, message));

  test.each([
    [{ n_layers: 1e9 }, /n_layers/],
    [{ n_layers: 1e300 }, /n_layers/],
    [{ n_layers: -1 }, /n_layers.*got -1/],
    [{ n_layers: 2.5 }, /n_layers.*got 2\.5/],
    [{ n_layers: "6" }, /n_layers.*got "6"/],
    [{ d_model: 2 ** 40 }, /d_model|shape/],
    [{ d_model: oddWidth }, new RegExp(`d_model ${oddWidth} `)],
    [{ n_heads: unfitHeads }, new RegExp(`n_heads ${unfitHeads} `)],
    [{ n_heads: 1e15 }, /n_heads/],
    [{ n_kv_heads: unfitKeyValueHeads }, new RegExp(`n_kv_heads ${unfitKeyValueHeads}$`)],
    [{ mlp_hidden_size: 2 ** 50 }, /mlp_hidden_size|shape/],
    [{ vocab_size: 2 ** 52, embedding_size: 2 ** 52 }, /embedding_size|vocab_size|ids|shape/],
    [{ codebook_size: 2 ** 45 }, /image codes/],
    [{ llm_vocab_size: -5 }, /text tokens/],
    [{ mask_token_id: 9e9 }, /mask/],
    [{ mask_token_id: null }, /mask_token_id/],
    [{ max_sequence_length: 0 }, /max_sequence_length/],
    [{ rms_norm_eps: -1 }, /rms_norm_eps/],
    [{ num_vq_tokens: 63 }, /num_vq_tokens 63/],
    [{ num_vq_tokens: "many" }, /num_vq_tokens/],
    [{ n_layers: bundled.n_layers - 1 }, /unexpected/i],
    [{ n_layers: bundled.n_layers + 1 }, /missing/i],
    [{ activation_type: "gelu" }, /activation_type.*got "gelu"/],
  ])("%j", (changes, message) => expectRefusal({ "config.json": changed("config.json", changes) }, message));

  test("none", () => expectRefusal({ "config.json": undefined }, /it has no config\.json/));
});

describe("image-tokenizer/config.json", () => {
  const name = "image-tokenizer/config.json";
  test.each([
    [{ num_res_blocks_encoder: [1e9, 1] }, /num_res_blocks_encoder/],
    [{ num_res_blocks_decoder: [1e15, 1] }, /num_res_blocks_decoder/],
    [{ ch: 32e9 }, /ch|shape/],
    [{ ch: 33 }, /multiple of the 32/],
    [{ ch_mult: Array(1e5).fill(1) }, /ch_mult/],
    [{ ch_mult: [1e12, 1] }, /ch_mult|shape/],
    [{ resolution: 2 ** 40 }, /resolution/],
    [{ resolution: 0 }, /resolution/],
    [{ z_channels: 24 }, /image codes|shape/],
    [{ patch_size: 3 }, /patch_size/],
  ])("%j", (changes, message) => expectRefusal({ [name]: changed(name, changes) }, message));
});

describe("model.safetensors", () => {
  const header = (text: string, length = text.length) => {
    const bytes = new Uint8Array(8 + text.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(new TextEncoder().encode(text), 8);
    return bytes;
  };
  const entry = (dtype: string, shape: number[], offsets: number[]) =>
    header(JSON.stringify({ w: { dtype, shape, data_offsets: offsets } }));

  test.each([
    ["empty", new Uint8Array(0), /model\.safetensors: has 0 bytes/],
    ["a header longer than the file", header("{}", 2 ** 40), /header would be 1099511627776 bytes/],
    ["a header cut short", header('{"w": {"dty', 11), /not valid JSON/],
    ["a dtype that is none", entry("NaN", [1], [0, 4]), /dtype "NaN"/],
    ["a shape beyond all memory", entry("F32", [2 ** 31, 2 ** 31], [0, 4]), /needs 18446744073709552000 bytes/],
    ["a size that overflows", entry("F32", [2 ** 52, 2 ** 52, 2 ** 52], [0, 4]), /needs .* bytes/],
    ["offsets beyond the file", entry("F32", [2 ** 30], [0, 2 ** 32]), /file has only/],
    ["a page of HTML", new TextEncoder().encode("<!DOCTYPE html><p>Not found"), /page of HTML/],
    ["a pointer of Git LFS", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), /Git LFS/],
    ["no tensor of the model", header("{}"), /missing/i],
  ])("%s", (_, content, message) => expectRefusal({ "model.safetensors": content }, message));

  test("cut short in the middle of the weights", async () => {
    const whole = await readFile(join(miniPath, "model.safetensors"));
    await expectRefusal({ "model.safetensors": whole.subarray(0, whole.length >> 1) }, /the file has only/);
  });

  test("none", () => expectRefusal({ "model.safetensors": undefined }, /safetensors/));
});

describe("tokenizer.json and its configuration", () => {
  test.each([
    ["an empty file", "", /tokenizer\.json is no JSON/],
    ["nothing", "{}", /tokenizer\.json is malformed/],
    ["a list", "[]", /tokenizer\.json is malformed/],
  ])("%s", (_, content, message) => expectRefusal({ "tokenizer.json": content }, message));

  test.each([
    [{ model: { type: "BPE", vocab: { a: 0 }, merges: [] }, added_tokens: [] }, /the tokenizer has no/],
    [{ model: { type: "BPE", vocab: "everything", merges: [] } }, /model\.vocab/],
    [{ model: { type: "BPE", vocab: { a: 0.5 }, merges: [] } }, /model\.vocab/],
    [{ pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } }, /tokenizer\.json/],
    [{ pre_tokenizer: { type: "Nonsense" } }, /tokenizer\.json/],
    [{ added_tokens: [{ id: 0, content: "" }] }, /added_tokens/],
    [{ added_tokens: {} }, /added_tokens/],
    [
      { added_tokens: [{ id: 2e9, content: "<|far|>" }] },
      new RegExp(`id 2000000000, outside of the ${bundled.llm_vocab_size} text tokens`),
    ],
  ])("%j", (changes, message) => expectRefusal({ "tokenizer.json": changed("tokenizer.json", changes) }, message));

  test.each([
    [{ chat_template: "{% for" }, /chat_template/],
    [{ chat_template: 3 }, /chat_template/],
    [{ chat_template: [{ name: "other", template: "" }] }, /no chat_template named default/],
    [{ bos_token: 5 }, /bos_token/],
  ])("tokenizer_config.json: %j", (changes, message) =>
    expectRefusal({ "tokenizer_config.json": changed("tokenizer_config.json", changes) }, message),
  );
});

describe("generation_config.json", () => {
  test.each([
    ["[", /generation_config\.json is no JSON/],
    ['{"text": 5}', /"text" must be an object, got 5/],
    ['{"image": {"steps": -3}}', /steps.*got -3/],
    ['{"image": {"guidanceScale": null}}', /guidanceScale.*got null/],
    ['{"text": {"genLength": 1e300}}', /genLength.*got 1e\+300/],
    ['{"thinking": {"length": -1}}', /thinking/],
    ['{"text": {"temprature": 1}}', /no option temprature/],
  ])("%s", (content, message) => expectRefusal({ "generation_config.json": content }, message));
});
