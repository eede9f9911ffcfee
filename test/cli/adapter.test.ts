/** An adapter in PEFT's layout as people use one: `--adapter` and `fromPretrained({ adapter })` give what `mmada merge` makes of it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { createRandom, normal } from "../../src/array/random.js";
import { chatCommand } from "../../src/cli/commands/chat.js";
import { mergeCommand } from "../../src/cli/commands/merge.js";
import { saveAdapter } from "../../src/model/adapter-files.js";
import { parseTransformerConfig } from "../../src/model/config.js";
import { ADAPTER_TARGETS, type LoraConfig } from "../../src/model/lora.js";
import { initializeParameters } from "../../src/model/parameters.js";
import { MMaDA } from "../../src/tasks/model.js";
import { pretrainingObjective } from "../../src/training/pretraining-objective.js";
import { MINI } from "./run-command.js";

const QUESTION = "What is 17 plus 25?";
const LORA: LoraConfig = { rank: 2, alpha: 4, targets: ADAPTER_TARGETS };

let directory: string;
let adapter: string;
let numLayers: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-adapter-"));
  adapter = join(directory, "adapter");
  const config = parseTransformerConfig(JSON.parse(await readFile(join(MINI, "config.json"), "utf8")));
  const { specs } = pretrainingObjective(config, { lora: LORA });
  const weights = initializeParameters(specs, createRandom("adapter"));
  const rng = createRandom("trained");
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) data[i] += 0.1 * normal(rng);
  await saveAdapter(adapter, { config: LORA, weights }, MINI);
  numLayers = ADAPTER_TARGETS.length * config.numLayers;
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** What a command prints as JSON. */
async function printed(command: ReturnType<typeof chatCommand>, ...args: string[]): Promise<Record<string, unknown>> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await command.parseAsync([...args, "--json"], { from: "user" });
  return JSON.parse(log.mock.lastCall?.[0]);
}

/** An answer, and how sure the model was of each token of it. */
async function answerOf(path: string, given: { readonly adapter?: string } = {}) {
  await using model = await MMaDA.fromPretrained(path, { ...given, imageTokenizer: false, device: "cpu" });
  const answering = model.answer(QUESTION);
  const confidences: number[] = [];
  for await (const step of answering) confidences.push(...step.confidences);
  return { text: (await answering).text, confidences };
}

it("gives what the merged model gives, which is another than the plain one", { timeout: 120_000 }, async () => {
  const merged = join(directory, "merged");
  const told = await printed(mergeCommand(), adapter, "--output", merged, "--dtype", "float32");
  expect(told).toEqual({ output: merged, numLayers, dtype: "float32" });
  expect(await readdir(merged)).toEqual(await readdir(MINI));

  const [plain, adapted, mergedAnswer] = [
    await answerOf(MINI),
    await answerOf(MINI, { adapter }),
    await answerOf(merged),
  ];
  expect(plain.text).toBe("42");
  expect(adapted).toEqual(mergedAnswer);
  expect(adapted).not.toEqual(plain);

  const said = await printed(chatCommand(), QUESTION, "--adapter", adapter, "--no-image-tokenizer", "--device", "cpu");
  expect(said.text).toBe(adapted.text);
  expect(adapted.text).not.toBe(plain.text);
});

it("that is not there is told of, with the file that was looked for", async () => {
  const nowhere = MMaDA.fromPretrained(MINI, { adapter: join(directory, "nowhere"), imageTokenizer: false });
  await expect(nowhere).rejects.toThrow(/nowhere\/adapter_config.json/);
});
