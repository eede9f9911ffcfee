/** Options that would make no difference are refused, before anything is loaded or written. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { chatCommand } from "./commands/chat.js";
import { dataCommand } from "./commands/data.js";
import { describeCommand } from "./commands/describe.js";
import { editCommand } from "./commands/edit.js";
import { evalCommand } from "./commands/eval.js";
import { exportCommand } from "./commands/export.js";
import { imagineCommand } from "./commands/imagine.js";
import { inspectCommand } from "./commands/inspect.js";
import { rlCommand } from "./commands/rl.js";
import { UsageError } from "./exit.js";

const QUIET = { from: "user" as const };

it.each([
  [
    ["--image", "a.png", "--extend", "right", "--block-length", "4", "--end-of-text", "last"],
    "--block-length, --end-of-text: for texts",
  ],
  [["a [[1]]", "--no-keep-original"], "--no-keep-original: for pictures"],
  [["a [[1]]", "--by", "0.5", "--steps-gif", "a.gif", "--grid"], "--by, --steps-gif, --grid: for pictures"],
])("edit %j", async (args, message) => {
  const edit = editCommand().parseAsync(args, QUIET);
  await expect(edit).rejects.toThrow(UsageError);
  await expect(edit).rejects.toThrow(message);
});

const COMMANDS = {
  chat: chatCommand,
  describe: describeCommand,
  imagine: imagineCommand,
  eval: evalCommand,
  inspect: inspectCommand,
  rl: rlCommand,
  data: dataCommand,
};
const CURATE = ["curate", "q.jsonl", "--output", "t.jsonl"];
const ENDPOINT = ["--endpoint", "http://127.0.0.1:1/v1", "--endpoint-model", "m"];

it.each([
  ["chat", ["hi", "--batch-size", "8"], "--batch-size: for many requests, which --batch gives"],
  ["describe", ["a.png", "--batch-size", "2"], "--batch-size: for many requests"],
  ["imagine", ["a star", "--batch-size", "2"], "--batch-size: for many requests"],
  ["eval", ["--compare", "a", "b", "--model", "c"], "--model: --compare says which models"],
  ["inspect", ["a", "--model", "b"], "--model: a is the model already, give one of them"],
  ["rl", ["show", "a", "--image-tokenizer", "b"], "--image-tokenizer: for a sheet of what was drawn"],
  ["data", [...CURATE, "--endpoint-model", "m"], "--endpoint-model: for an endpoint, which --endpoint gives"],
  ["data", [...CURATE, "--api-key-env", "KEY"], "--api-key-env: for an endpoint"],
  ["data", [...CURATE, ...ENDPOINT, "--model", "a", "--device", "cpu"], "--model, --device: for a model here"],
] as const)("%s %j", async (name, args, message) => {
  const ended = COMMANDS[name]().parseAsync(args, QUIET);
  await expect(ended).rejects.toThrow(UsageError);
  await expect(ended).rejects.toThrow(message);
});

it.each([
  [["--part", "transformer", "--image-side", "64"], "--image-side is for the image tokenizer"],
  [["--no-image-tokenizer", "--image-side", "64"], "has no image tokenizer"],
  [["--image-side", "63"], "--image-side must be a multiple of 8 pixels, got 63"],
])("export %j writes nothing", async (args, message) => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-export-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const output = join(directory, "onnx");
  const written = exportCommand().parseAsync([...args, "--output", output], QUIET);
  await expect(written).rejects.toThrow(UsageError);
  await expect(written).rejects.toThrow(message);
  await expect(stat(output)).rejects.toThrow("ENOENT");
});
