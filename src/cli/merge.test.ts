import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { loadTransformer } from "../model/load-model.js";
import { mergeCommand } from "./commands/merge.js";

const [STAGE_2, STAGE_3] = ["models/stage2", "models/mini"];
const [TOKENIZER, QUIET] = [["--image-tokenizer", "models/mini/image-tokenizer"], { from: "user" as const }];
/** Told what is loaded, and by what it can be stopped. */
const loaded = vi.hoisted(() => vi.fn<(directory: string, signal: AbortSignal | undefined) => void>());
vi.mock("../model/load-model.js", async (original) => {
  const actual = await original<typeof import("../model/load-model.js")>();
  const loadTransformer: typeof actual.loadTransformer = (directory, options) => {
    loaded(directory, options?.signal);
    return actual.loadTransformer(directory, options);
  };
  return { ...actual, loadTransformer };
});

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-merge-"));
  vi.spyOn(console, "log").mockImplementation(() => {});
});
beforeEach(() => loaded.mockReset());
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

test("what changed from one stage to the next, added to the first, is the second", async () => {
  const output = join(directory, "merged");
  const args = [STAGE_3, "--since", STAGE_2, "--model", STAGE_2, "--output", output, ...TOKENIZER];
  await mergeCommand().parseAsync(args, QUIET);
  const [merged, wanted] = [await loadTransformer(output), await loadTransformer(STAGE_3)];
  for (const [name, { data }] of wanted.weights) {
    const found = merged.weights.get(name)!.data;
    const farthest = data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - found[i]) / (Math.abs(value) + 1e-3)),
      0,
    );
    expect(farthest, name).toBeLessThan(1e-3); // float16
  }
  await expect(mergeCommand().parseAsync(args, QUIET)).rejects.toThrow("is there already");
});

test("changes of a network that computes otherwise are refused, with what differs", async () => {
  const other = join(directory, "other");
  await cp(STAGE_3, other, { recursive: true });
  const config = JSON.parse(await readFile(join(other, "config.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(other, "config.json"), JSON.stringify({ ...config, rope_theta: 48 }));
  const args = [other, "--since", STAGE_2, "--model", STAGE_2, "--output", join(directory, "none"), ...TOKENIZER];
  await expect(mergeCommand().parseAsync(args, QUIET)).rejects.toThrow(
    `${other} is another network than the model that its change is added to: ropeTheta 48, not 10000`,
  );
});

test("loads all of its models by a signal that Ctrl-C aborts", async () => {
  const output = join(directory, "stopped");
  const args = [STAGE_3, "--since", STAGE_2, "--model", STAGE_2, "--output", output, ...TOKENIZER];
  const signals: (AbortSignal | undefined)[] = [];
  loaded.mockImplementation((_, signal) => signals.push(signal));
  await mergeCommand().parseAsync(args, QUIET);
  expect(signals).toHaveLength(3);
  expect(new Set(signals).size).toBe(1);
  expect(signals[0]).toBeInstanceOf(AbortSignal);
});

test("a share of what changed wants to know since when", async () => {
  const args = [STAGE_3, "--share", "0.5", "--model", STAGE_2, "--output", join(directory, "none"), ...TOKENIZER];
  await expect(mergeCommand().parseAsync(args, QUIET)).rejects.toThrow("--share goes with --since");
});

test("an adapter that is not there is told of before the model is loaded", async () => {
  const args = ["no-such-adapter", "--model", STAGE_2, "--output", join(directory, "none"), ...TOKENIZER];
  await expect(mergeCommand().parseAsync(args, QUIET)).rejects.toThrow(/no-such-adapter/);
  expect(loaded).not.toHaveBeenCalled();
});
