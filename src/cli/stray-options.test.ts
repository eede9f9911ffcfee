/** Options that would make no difference are refused, before anything is loaded or written. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { editCommand } from "./commands/edit.js";
import { exportCommand } from "./commands/export.js";
import { UsageError } from "./exit.js";

const QUIET = { from: "user" as const };

it.each([
  [
    ["--image", "a.png", "--extend", "right", "--block-length", "4", "--end-of-text", "last"],
    "blockLength, endOfText: for texts",
  ],
  [["a [[1]]", "--no-keep-original"], "--no-keep-original: for pictures"],
  [["a [[1]]", "--by", "0.5", "--grid"], "by, grid: for pictures"],
])("edit %j", async (args, message) => {
  const edit = editCommand().parseAsync(args, QUIET);
  await expect(edit).rejects.toThrow(UsageError);
  await expect(edit).rejects.toThrow(message);
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
