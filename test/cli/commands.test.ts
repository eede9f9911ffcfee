/** Commands on the bundled model, as people type them. What the model says does not matter here; how it is said does. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/array/tensor.js";
import { decodeImage } from "../../src/images/codec-node.js";
import { openTensorFile, saveTensorFile } from "../../src/weights/tensor-file.js";
import { maxDifference, parityPath, readParityCase } from "../parity-case.js";
import { MAIN, MINI, mmada, QUICK_PICTURE, QUICK_TEXT, temporaryDirectory } from "./run-command.js";

const SLOW = { timeout: 240_000 };

describe("help", SLOW, () => {
  it("of every command has an example, and ends well", async () => {
    const { code, stdout } = await mmada(["--help"]);
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) (?:\[|<)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== "help");
    expect(commands).toEqual(
      expect.arrayContaining([
        "chat",
        "describe",
        "imagine",
        "edit",
        "train",
        "forward",
        "export",
        "inspect",
        "download",
      ]),
    );
    const helps = await Promise.all(commands.map((command) => mmada([command, "--help"])));
    helps.forEach((help, i) => {
      expect(help.code, commands[i]).toBe(0);
      expect(help.stdout, commands[i]).toMatch(/Examples?:\n {2}\S*.*mmada /);
    });
  });

  it("is beside the version, that of the package", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    expect(await mmada(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("names every setting of the sampler", async () => {
    const { stdout } = await mmada(["chat", "--help"]);
    const names = ["steps", "gen-length", "block-length", "remasking", "mask-schedule", "confidence-threshold"];
    names.push("temperature", "choice-temperature", "choice-annealing", "guidance-scale", "seed", "end-of-text");
    for (const name of names) expect(stdout).toContain(`--${name} <`);
  });
});

describe("what is used wrongly ends with 2 before a model is loaded", SLOW, () => {
  it.each([
    [["chat", "hi", "--sted", "3"], /unknown option '--sted'\n\(Did you mean --seed\?\)/],
    [["chat", "hi", "--steps", "0"], /It must be a whole number from 1/],
    [["chat", "hi", "--remasking", "best"], /It must be one of "low-confidence", "margin"/],
    [["chat", "hi", "--device", "tpu"], /Allowed choices are auto, cpu, webgpu, cuda/],
    [["chat", "hi", "--batch", "x.jsonl", "--output", "y.jsonl"], /a question or --batch, not both/],
    [["chat", "--batch", "x.jsonl"], /--batch needs --output/],
    [["imagine"], /give a prompt, or --batch/],
    [["imagine", "x", "--output", "drawn.bmp"], /drawn.bmp: give the picture a name that ends in .png, .jpg or .webp/],
    [
      ["imagine", "x", "--output", "a.png", "--steps-gif", "a.png"],
      /a.png: give the animation a name that ends in .gif/,
    ],
    [
      ["edit", "--image", "a.png", "--extend", "left", "--grid", "edited.png"],
      /--output and --grid are both edited.png/,
    ],
    [["chat", "hi", "--mask-schedule", "fast"], /It must be one of "even", [^\n]*"\.\n/],
    [["edit"], /a text with gaps such as \[\[3\]\], or --image/],
    [["edit", "--image", "a.png"], /--region or --extend, one of them/],
    [["edit", "--image", "a.png", "--region", "0,0,10"], /It must be left,top,width,height in pixels, or the path/],
    [["edit", "no [[1]]", "--by", "0.5"], /by: for pictures/],
    [["forward"], /required option '--model/],
    [["fly"], /unknown command 'fly'/],
    [["rl", "report", "run", "--output", "run/metrics.jsonl"], /It must be a name that ends in .png/],
    [["rl", "compare", "run", "--output", "run/metrics.jsonl"], /It must be a name that ends in .png/],
    [["rl", "show", "run", "--pictures", "run/metrics.jsonl"], /It must be a name that ends in .png/],
    [["data", "curate", "x.jsonl", "--output", "y.jsonl", "--max-similarity", "7"], /It must be above 0 and at most 1/],
    [["data", "curate", "x.jsonl", "--output", "y.jsonl", "--max-imbalance", "0.5"], /It must be 1 or more/],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await mmada(args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("and with --json says why as JSON", async () => {
    const { code, stdout } = await mmada(["chat", "hi", "--sted", "3", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ error: "unknown option '--sted'\n(Did you mean --seed?)" });
    expect(code).toBe(2);
  });

  it.each([
    [["eval", "--markdown"], /^UsageError: --markdown: --json prints the table as JSON/],
    [["data", "check", "x.jsonl", "--show", "2"], /^UsageError: --show: for examples as people read them/],
  ])("what only people read, %j, does not go with --json", async (args, message) => {
    const { code, stdout } = await mmada([...args, "--json"]);
    expect(JSON.parse(stdout).error).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("what fails ends with 1 and says which file", SLOW, () => {
  it.each([
    ["no model", ["chat", "hi", "--model", "nowhere/at/all"], /There is no directory nowhere\/at\/all/],
    [
      "no model to compare with",
      ["eval", "--compare", MINI, "nowhere/at/all"],
      /There is no directory nowhere\/at\/all/,
    ],
    ["a revision of no Hub", ["chat", "hi", "--revision", "v1"], /leave out the revision "v1"/],
    ["no recipe", ["train", "none.yaml", "--output", "run"], /none\.yaml: cannot read it: there is no such file/],
    ["no picture", ["describe", "none.png"], /none.png: cannot read it: there is no such file/],
    ["no file of requests", ["chat", "--batch", "none.jsonl", "--output", "x.jsonl"], /none.jsonl: cannot read it/],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await mmada(args, { cwd: await temporaryDirectory() });
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("a picture that is none; with --json the error is JSON", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "words.png"), "these are words");
    const { code, stdout, stderr } = await mmada(["describe", "words.png", "--json"], { cwd });
    expect(stderr).toMatch(/words\.png: not a picture that can be read/);
    expect(JSON.parse(stdout)).toEqual({ error: stderr.trim() });
    expect(code).toBe(1);
  });

  it("weights that are cut short", async () => {
    const model = join(await temporaryDirectory(), "cut");
    await cp(MINI, model, { recursive: true });
    const weights = join(model, "model.safetensors");
    await truncate(weights, Math.floor((await stat(weights)).size / 2));
    for (const command of [
      ["chat", "hi", "--model", model],
      ["inspect", model],
    ]) {
      const { code, stderr } = await mmada(command);
      expect(stderr).toMatch(/SafetensorsError: .*model\.safetensors: .*damaged: download or copy it again/s);
      expect(code).toBe(1);
    }
  });
});

it.runIf(existsSync("/dev/full"))("an output that has no room is told of in a line", SLOW, async () => {
  const run = promisify(execFile)("sh", ["-c", '"$@" > /dev/full', "sh", process.execPath, MAIN, "--version"]);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^the output cannot be written: .*\n$/),
  });
});

describe("whoever stops reading ends the command, quietly", SLOW, () => {
  /** The first line of a command's output, and what the shell then says of the command. */
  const firstLine = (args: readonly string[], reader: string) =>
    promisify(execFile)("sh", [
      "-c",
      `{ "$@"; echo "ended with $?" >&3; } 3>&2 | ${reader}`,
      "sh",
      process.execPath,
      MAIN,
      ...args,
    ]);

  it("in the middle of the output", async () => {
    const file = join(await temporaryDirectory(), "many.jsonl");
    const example = {
      task: "lm_chat",
      messages: [{ role: "user", content: "How much is it?" }],
      answer: "much ".repeat(40),
    };
    await writeFile(file, `${JSON.stringify(example)}\n`.repeat(1000)); // far more than a pipe holds
    const { stdout, stderr } = await firstLine(["data", "check", file, "--show", "1000"], "head -n 1");
    expect(stdout).toMatch(/^1000 records, 0 broken.*\n$/);
    expect(stderr).toBe("ended with 0\n");
  });

  it("before there is any", async () => {
    const { stderr } = await firstLine(["--help"], "exec <&-");
    expect(stderr).toBe("ended with 0\n");
  });
});

describe("chat", SLOW, () => {
  it("answers; the same seed gives the same answer", async () => {
    const ask = () =>
      mmada(["chat", "What is 2 plus 3?", ...QUICK_TEXT, "--temperature", "1", "--seed", "5", "--json"]);
    const [first, second] = [await ask(), await ask()];
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(first.stdout)).toMatchObject({ text: expect.any(String), steps: 1, nfe: 1, seed: 5 });
    expect(second.stdout).toBe(first.stdout);
  });

  it("holds a conversation with what it reads, a line a turn", async () => {
    // Of stage 1 nothing says how many turns it has learnt to see.
    const { code, stdout, stderr } = await mmada(
      ["chat", ...QUICK_TEXT, "--json", "--model", "models/stage1", "--no-image-tokenizer"],
      { input: "What is 2 plus 3?\n\nand 4?\n/new\nWhat is 2 plus 3?" },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answers = stdout.trim().split("\n");
    expect(answers).toHaveLength(3);
    expect(answers[2]).toBe(answers[0]);
  });

  it("says of a turn that cannot be answered why, as JSON too, and goes on", async () => {
    const { code, stdout, stderr } = await mmada(["chat", ...QUICK_TEXT, "--json"], {
      input: `${"many words ".repeat(2000)}\nWhat is 2 plus 3?`,
    });
    expect(code).toBe(1);
    const [refused, answered] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(refused).toEqual({ error: expect.stringMatching(/^OptionError: /) });
    expect(stderr).toBe(`${refused.error} (/new forgets what was said)\n`);
    expect(answered).toMatchObject({ text: expect.any(String) });
  });

  it("shows a model no more turns than it has learnt to see, and says so once", async () => {
    const [sum, difference] = ["What is 17 plus 25?", "What is 42 minus 12?"];
    const alone = await mmada(["chat", difference]);
    const { stdout, stderr } = await mmada(["chat"], { input: [sum, difference, difference].join("\n") });
    expect(stdout.split("\n").slice(1).join("\n")).toBe(alone.stdout.repeat(2));
    expect(stderr.match(/learnt to answer each question by itself/g)).toHaveLength(1);
  });
});

describe("pictures", SLOW, () => {
  it("are drawn with an animation and a sheet of the steps, described, redrawn in part and extended", async () => {
    const cwd = await temporaryDirectory();
    const size = async (name: string) => {
      const { width, height } = await decodeImage(await readFile(join(cwd, name)));
      return [width, height];
    };
    const drawn = await mmada(
      [
        "imagine",
        "a red circle",
        "--output",
        "a.png",
        "--steps-gif",
        "--grid",
        "sheet.png",
        "--json",
        ...QUICK_PICTURE,
      ],
      { cwd },
    );
    expect(drawn).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(drawn.stdout)).toMatchObject({
      path: "a.png",
      stepsGif: "a.gif",
      grid: "sheet.png",
      steps: 2,
      nfe: 2,
    });
    const [width, height] = await size("a.png");
    expect((await readFile(join(cwd, "a.gif"))).toString("latin1", 0, 6)).toBe("GIF89a");
    expect((await size("sheet.png"))[0]).toBeGreaterThan(width);

    const said = await mmada(["describe", "a.png", "What is it?", "--fit", "pad", ...QUICK_TEXT], { cwd });
    expect(said).toMatchObject({ code: 0, stderr: "" });

    const half = `${width / 2},0,${width / 2},${height}`;
    const edited = await mmada(
      ["edit", "--image", "a.png", "--region", half, "--prompt", "a star", "--output", "b.png", ...QUICK_PICTURE],
      { cwd },
    );
    expect(edited).toMatchObject({ code: 0, stdout: "b.png\n" });
    const [before, after] = await Promise.all(
      ["a.png", "b.png"].map(async (name) => decodeImage(await readFile(join(cwd, name)))),
    );
    const left = (data: Uint8Array) => data.filter((_, i) => Math.floor(i / 3) % width < width / 2);
    expect(left(after.data)).toEqual(left(before.data));

    const wider = await mmada(
      ["edit", "--image", "a.png", "--extend", "right", "--output", "c.webp", ...QUICK_PICTURE],
      { cwd },
    );
    expect(wider.code).toBe(0);
    expect(await size("c.webp")).toEqual([width * 1.5, height]);
  });
});

it("edit fills the gaps of a text and leaves the rest", SLOW, async () => {
  const { code, stdout } = await mmada(["edit", "The sky is [[2]] and the grass is [[1]].", "--json"]);
  expect(code).toBe(0);
  const { text, gaps } = JSON.parse(stdout);
  expect(gaps).toHaveLength(2);
  expect(text).toMatch(/^The sky is.* and the grass is.*\.$/s);
});

it("inspect says what a model is and what works here", SLOW, async () => {
  const { code, stdout } = await mmada(["inspect", "--json"]);
  expect(code).toBe(0);
  const { transformer, vocabulary, imageTokenizer, devices } = JSON.parse(stdout);
  const sum = (parts: Record<string, number>) => Object.values(parts).reduce((a, b) => a + b, 0);
  expect(sum(transformer.parts)).toBe(transformer.numParameters);
  expect(transformer.memoryBytes).toBe(4 * transformer.numParameters);
  expect(transformer.fileBytes).toBeLessThan((await stat(join(MINI, "model.safetensors"))).size);
  expect(vocabulary.codebookSize).toBe(imageTokenizer.codebookSize);
  expect(devices[0]).toEqual({ device: "cpu", dtypes: ["float32"] });
  expect((await mmada(["inspect"])).stdout).toMatch(/^Transformer +\d.* parameters in/m);
});

it("forward and an exported transformer give the same logits", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const [B, T] = [2, 5];
  const ids = BigInt64Array.from({ length: B * T }, (_, i) => BigInt(17 * i + 3));
  const mask = BigInt64Array.from({ length: B * T }, (_, i) => BigInt(i === 0 ? 0 : 1));
  await saveTensorFile(join(cwd, "in.safetensors"), [
    ["input_ids", tensor("int64", [B, T], ids)],
    ["attention_mask", tensor("int64", [B, T], mask)],
  ]);
  const forward = await mmada(
    ["forward", "--model", MINI, "--input", "in.safetensors", "--output", "out.safetensors", "--json"],
    { cwd },
  );
  expect(forward).toMatchObject({ code: 0, stderr: "" });
  const exported = await mmada(["export", "--part", "transformer", "--output", "onnx", "--json"], { cwd });
  expect(exported.code).toBe(0);
  expect(JSON.parse(exported.stdout).files).toEqual([
    expect.objectContaining({ path: join("onnx", "transformer.onnx") }),
  ]);

  const again = await mmada(["export", "--part", "transformer", "--output", "onnx"], { cwd });
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/transformer.onnx is there already: give another/),
  });
  for (const command of ["forward", "tokenize-image"]) {
    const onto = async (output: string) =>
      mmada([command, "--model", "none", "--input", "in.safetensors", "--output", output], { cwd });
    expect(await onto("in.safetensors")).toMatchObject({ code: 2, stderr: expect.stringMatching(/are both in/) });
    expect(await onto(".")).toMatchObject({ code: 1, stderr: expect.stringMatching(/is a directory: give the name/) });
  }

  const file = await openTensorFile(join(cwd, "out.safetensors"));
  const { shape, data } = await file.readAs("logits", "float32");
  await file.close();
  const session = await InferenceSession.create(join(cwd, "onnx", "transformer.onnx"), { logSeverityLevel: 3 });
  const { logits } = await session.run({
    input_ids: new Tensor("int64", ids, [B, T]),
    attention_mask: new Tensor("int64", mask, [B, T]),
  });
  await session.release();
  expect(logits.dims).toEqual(shape);
  const V = shape[2];
  expect(maxDifference((logits.data as Float32Array).subarray(V), data.subarray(V))).toBeLessThan(1e-3);
});

it("forward and tokenize-image refuse masks and pixels that are none, and nothing", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const integers = (shape: number[], ...values: number[]) => tensor("int64", shape, BigInt64Array.from(values, BigInt));
  const cases = [
    [
      "forward",
      [
        ["input_ids", integers([1, 2], 3, 4)],
        ["attention_mask", integers([1, 2], 1, 2)],
      ],
      /attention_mask holds 2;/,
    ],
    ["forward", [["input_ids", integers([0, 4])]], /input_ids is empty, \[0,4\]/],
    ["tokenize-image", [["codes", integers([1, 0])]], /codes is empty, \[1,0\]/],
    [
      "tokenize-image",
      [["pixel_values", tensor("float32", [1, 3, 16, 16], new Float32Array(768).fill(Number.NaN))]],
      /pixel_values hold NaN; they must be numbers from -1 to 1/,
    ],
  ] as const;
  for (const [command, tensors, message] of cases) {
    await saveTensorFile(join(cwd, "in.safetensors"), tensors);
    const model = command === "forward" ? MINI : parityPath("magvit");
    const ended = await mmada([command, "--model", model, "--input", "in.safetensors", "--output", "out.safetensors"], {
      cwd,
    });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  }
});

it("tokenize-image gives the released code's codes and pictures, from pixels and from codes alone", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const stored = await readParityCase("magvit/case.safetensors");
  const codes = stored.integers("codes");
  const int64 = tensor("int64", codes.shape, BigInt64Array.from(codes.data, BigInt));
  const pixels = tensor("float32", stored.shape("pixel_values"), stored.floats("pixel_values"));
  await saveTensorFile(join(cwd, "pixels.safetensors"), [["pixel_values", pixels]]);
  await saveTensorFile(join(cwd, "codes.safetensors"), [["codes", int64]]);
  for (const input of ["pixels.safetensors", "codes.safetensors"]) {
    const args = ["--model", parityPath("magvit"), "--input", input, "--output", "out.safetensors"];
    expect(await mmada(["tokenize-image", ...args], { cwd })).toMatchObject({ code: 0, stderr: "" });
    const file = await openTensorFile(join(cwd, "out.safetensors"));
    expect((await file.read("codes")).data).toEqual(int64.data);
    expect(maxDifference((await file.readAs("decoded", "float32")).data, stored.floats("decoded"))).toBeLessThan(1e-4);
    await file.close();
  }
});
