import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { loadTransformer } from "../model/load-model.js";
import { widenCommand } from "./commands/widen.js";

const QUIET = { from: "user" as const };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-widen-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

test("a wider model is one as any other, with all that the narrow one has beside its weights", async () => {
  const output = join(directory, "wide");
  const args = ["--model", "models/mini", "--width", "240", "--rope-theta", "316.227766", "--output", output];
  await widenCommand().parseAsync(args, QUIET);
  const { config, weights } = await loadTransformer(output);
  expect(config).toMatchObject({ width: 240, numHeads: 6, mlpWidth: 576, ropeTheta: 316.227766 });
  expect(weights.get("model.transformer.blocks.0.q_proj.weight")?.shape).toEqual([240, 240]);
  for (const name of ["tokenizer.json", "generation_config.json"])
    expect(await readFile(join(output, name))).toEqual(await readFile(join("models/mini", name)));
  expect((await stat(join(output, "image-tokenizer/model.safetensors"))).isFile()).toBe(true);
  await expect(widenCommand().parseAsync(args, QUIET)).rejects.toThrow("is there already");
});

test("widths that make no model leave nothing behind", async () => {
  const output = join(directory, "none");
  const widen = (width: string) =>
    widenCommand().parseAsync(["--model", "models/mini", "--width", width, "--output", output], QUIET);
  await expect(widen("96")).rejects.toThrow("widths 96 and 576 (MLP) are asked for, less than the model's 192 and 576");
  await expect(widen("241")).rejects.toThrow("d_model 241 does not divide into n_heads 6");
  await expect(stat(output)).rejects.toThrow("ENOENT");
});
