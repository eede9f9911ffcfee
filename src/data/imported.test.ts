import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeImage } from "#image-codec";
import { blankImage } from "../images/image.js";
import { splitThinking } from "../tokens/reasoning.js";
import { parseCsv } from "./csv.js";
import type { Example } from "./example.js";
import { jsonlSource } from "./jsonl-node.js";
import { lastBoxed } from "./layouts/layout.js";
import { openSource, type SourceConfig, sourceSchema } from "./sources-node.js";

let directory: string;
let red: Uint8Array;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-layouts-"));
  red = await encodeImage(blankImage(12, 10, [250, 10, 20]), "png");
  await writeFile(join(directory, "red.png"), red);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function readAll(config: SourceConfig): Promise<(Example | string)[]> {
  const source = await openSource(sourceSchema.parse(config), { directory, seed: 0 });
  const examples: (Example | string)[] = [];
  for (let i = 0; i < source.length; i++) examples.push(await source.read(i).catch((error: Error) => error.message));
  await source.dispose?.();
  return examples;
}

const write = (name: string, content: string | readonly object[]) =>
  writeFile(
    join(directory, name),
    typeof content === "string" ? content : content.map((record) => JSON.stringify(record)).join("\n"),
  );

describe("conversations", () => {
  test("every reply is an example, after what was said before", async () => {
    const records = [
      {
        id: "1",
        image: "red.png",
        conversations: [
          { from: "human", value: "<image>\nWhat is it?" },
          { from: "gpt", value: "A red picture." },
          { from: "human", value: "How many dots?" },
          { from: "gpt", value: "<think>I see none.</think>0" },
        ],
      },
      {
        messages: [
          { role: "user", content: [{ type: "text", text: "Hi" }] },
          { role: "assistant", content: "Hello" },
        ],
      },
      {
        conversations: [
          { from: "gpt", value: "As I said, …" },
          { from: "human", value: "Go on." },
          { from: "gpt", value: "There is no more." },
          { from: "gpt", value: "None." },
        ],
      },
      { conversations: [{ from: "human", value: "Anybody?" }] },
      { conversations: [{ from: "gpt", value: "Nobody asked." }] },
      {
        conversations: [
          { from: "alien", value: "?" },
          { from: "gpt", value: "!" },
        ],
      },
      {
        conversations: [
          { from: "human", value: "<image>\nWhat is it?" },
          { from: "gpt", value: "A star." },
        ],
      },
    ];
    await write("llava.json", JSON.stringify(records));
    const [first, second, third, resumed, silent, unasked, alien, blind] = await readAll({
      type: "conversations",
      path: "llava.json",
    });
    expect(first).toMatchObject({
      task: "mmu",
      messages: [{ role: "user", content: "What is it?" }],
      answer: "A red picture.",
    });
    expect(await (first as Example).image?.load()).toMatchObject({ width: 12, height: 10 });
    expect(second).toMatchObject({ task: "mmu", reasoning: "I see none.", answer: "0" });
    expect((second as Example).messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(third).toEqual({ task: "lm_chat", messages: [{ role: "user", content: "Hi" }], answer: "Hello" });
    expect(resumed).toMatchObject({ messages: [{ role: "assistant" }, { role: "user" }], answer: "There is no more." });
    expect(silent).toContain("record 4: there is no reply");
    expect(unasked).toContain("record 5: there is no reply of an assistant to a user");
    expect(alien).toContain('who is "alien"?');
    expect(blind).toContain('there is an <image> in what is said, and no picture under "image"');
  });

  test("pictures may be parts of what is said", async () => {
    const about = (picture: object, image?: string) => ({
      ...(image ? { images: [image] } : {}),
      messages: [
        { role: "user", content: [picture, { type: "text", text: "What is it?" }] },
        { role: "assistant", content: "A red picture." },
      ],
    });
    await write("parts.jsonl", [
      about({ type: "image_url", image_url: { url: "red.png" } }),
      about({ type: "image", image: "red.png" }),
      about({ type: "image" }, "red.png"),
      about({ type: "image" }),
    ]);
    const [openAi, qwen, besides, blind] = await readAll({ type: "conversations", path: "parts.jsonl" });
    for (const example of [openAi, qwen, besides]) {
      expect(example).toMatchObject({ task: "mmu", messages: [{ content: "What is it?" }], answer: "A red picture." });
      expect(await (example as Example).image?.load()).toMatchObject({ width: 12, height: 10 });
    }
    expect(blind).toContain("there is an <image> in what is said");
  });
});

test("conversations: a record of Parquet with a text that is no UTF-8 is one that is broken", async () => {
  const turns = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
  ];
  const system = ["Sé breve", "Be brief"].map((text) => Buffer.from(text, "latin1"));
  const columnData = [
    { name: "messages", data: [turns, turns], type: "JSON" as const },
    { name: "system", data: system, type: "BYTE_ARRAY" as const },
  ];
  parquetWriteFile({ filename: join(directory, "latin.parquet"), columnData });
  const [broken, read] = await readAll({ type: "conversations", path: "latin.parquet" });
  expect(broken).toContain("latin.parquet row 1 system: not UTF-8");
  expect(read).toMatchObject({ messages: [{ role: "system" }, { role: "user" }], answer: "Hello" });
});

test("conversations: a system prompt beside the turns, no picture, no thoughts", async () => {
  const turns = [
    { from: "human", value: "Hi" },
    { from: "gpt", value: "<think>\n\n</think>\n\nHello" },
  ];
  await write("sharegpt.jsonl", [
    { system: "Be brief.", image: "", conversations: turns },
    { system: "Be brief.", conversations: [{ from: "system", value: "Be kind." }, ...turns] },
    { system: "", images: [""], conversations: turns },
    { image: "", images: ["red.png"], conversations: turns },
  ]);
  const [told, toldTwice, untold, drawn] = await readAll({ type: "conversations", path: "sharegpt.jsonl" });
  const user = { role: "user", content: "Hi" };
  expect(told).toEqual({
    task: "lm_chat",
    messages: [{ role: "system", content: "Be brief." }, user],
    answer: "Hello",
  });
  expect(toldTwice).toMatchObject({ messages: [{ role: "system", content: "Be kind." }, user] });
  expect(untold).toEqual({ task: "lm_chat", messages: [user], answer: "Hello" });
  expect(drawn).toMatchObject({ task: "mmu" });
});

describe("mathematics", () => {
  test("GSM8K without its calculator's marks", async () => {
    const answer = "She sold 48/2 = <<48/2=24>>24 clips in May.\nIn all 1,048.\n#### 1,048";
    await write("gsm8k.jsonl", [
      { question: "How many?", answer },
      { question: "How many?", answer: "4" },
      { question: "How many?", answer: "#### 5" },
    ]);
    const [example, broken, bare] = await readAll({ type: "gsm8k", path: "gsm8k.jsonl" });
    expect(example).toEqual({
      task: "lm_chat",
      messages: [{ role: "user", content: "How many?" }],
      reasoning: "She sold 48/2 = 24 clips in May.\nIn all 1,048.",
      answer: "1048",
    });
    expect(broken).toContain('gsm8k.jsonl:2: the answer has no "####"');
    expect(bare).toEqual({ task: "lm_chat", messages: [{ role: "user", content: "How many?" }], answer: "5" });
  });

  test("MATH from a folder of files", async () => {
    await mkdir(join(directory, "MATH/algebra"), { recursive: true });
    const solution = "So $x = \\boxed{\\frac{1}{2}}$.";
    await write(
      "MATH/algebra/1.json",
      JSON.stringify({ problem: "Find x.", solution, level: "Level 1", type: "Algebra" }),
    );
    await write("MATH/algebra/._1.json", "no record");
    const [example, ...rest] = await readAll({ type: "math", path: "MATH" });
    expect(rest).toEqual([]);
    expect(example).toMatchObject({
      reasoning: solution,
      answer: "\\frac{1}{2}",
      metadata: { level: "Level 1", subject: "Algebra" },
    });
  });

  test("MATH with answers of their own", async () => {
    const solution = "So $\\boxed{7}$.";
    await write(
      "math.jsonl",
      [7, " \\frac12 ", "", null].map((answer) => ({ problem: "Find x.", solution, answer })),
    );
    const examples = await readAll({ type: "math", path: "math.jsonl" });
    expect(examples.map((example) => (example as Example).answer)).toEqual(["7", "\\frac12", "7", "7"]);
  });

  test("traces: those that were found right, from Parquet too", async () => {
    const record = {
      problem: "1 + 1?",
      answer: "2",
      generations: ["<think>hm</think>\n\nIt is \\boxed{2}.", "<think>hm</think>3", "<think>cut sh"],
      correctness_math_verify: [true, false, true],
    };
    await write("openr1.jsonl", [
      record,
      { question: "2 + 2?", cot: "2 and 2", answer: 4 },
      { ...record, correctness_math_verify: [] },
      { ...record, is_reasoning_complete: [true, true, false] },
      { ...record, correctness_math_verify: [false, false, false], correctness_llama: [false, true, false] },
      { problem: "1 + 1?", generations: ["<think>\n</think>2"] },
    ]);
    const [right, cut, single, complete, byLlama, thoughtless, ...rest] = await readAll({
      type: "reasoning-traces",
      path: "openr1.jsonl",
    });
    expect(right).toMatchObject({ reasoning: "hm", answer: "It is \\boxed{2}." });
    expect(cut).toContain("generation 2 is not");
    expect(single).toMatchObject({ messages: [{ content: "2 + 2?" }], reasoning: "2 and 2", answer: "4" });
    expect(complete).toEqual(right);
    expect(byLlama).toMatchObject({ answer: "3" });
    expect(thoughtless).toEqual({ task: "lm_chat", messages: [{ role: "user", content: "1 + 1?" }], answer: "2" });
    expect(rest).toEqual([]);
    await write("wrong.jsonl", [{ ...record, correctness_math_verify: [false, false, false] }]);
    await expect(readAll({ type: "reasoning-traces", path: "wrong.jsonl" })).rejects.toThrow("none of its 1 records");

    const columnData = [
      { name: "question", data: ["1 + 2?"] },
      { name: "answer", data: ["It is 1 + 2.\n#### 3"] },
    ];
    parquetWriteFile({ filename: join(directory, "gsm8k.parquet"), columnData });
    expect(await readAll({ type: "gsm8k", path: "gsm8k.parquet" })).toMatchObject([
      { reasoning: "It is 1 + 2.", answer: "3" },
    ]);
  });

  test("marks of reasoning and of answers", () => {
    expect(splitThinking("no marks")).toEqual({ answer: "no marks" });
    expect(splitThinking("half</think> 4 ")).toEqual({ reasoning: "half", answer: "4" });
    expect(lastBoxed("\\boxed{1} or \\boxed{\\{1, \\frac{a}{b}\\}}")).toBe("\\{1, \\frac{a}{b}\\}");
    expect(splitThinking("<think> </think>4")).toEqual({ answer: "4" });
    expect(lastBoxed("\\boxed{1")).toBeUndefined();
    expect(lastBoxed("\\boxed{1}, that is \\boxed{\\frac{1")).toBe("1");
    expect(lastBoxed("\\boxed{1, that is \\boxed{\\boxed{2} + 1}")).toBe("2");
    expect(lastBoxed("\\boxed{1} ".repeat(9) + "\\boxed{".repeat(1e5))).toBe("1");
    expect(lastBoxed("\\boxed {1}")).toBe("1");
  });

  test.each([
    ["$x = \\boxed 2$.", "2"],
    ["so $\\boxed\\frac12$ of it", "\\frac12"],
    ["\\[\\boxed 3 + 4i\\]", "3 + 4i"],
    ["$\\boxed \\$5$", "\\$5"],
    ["\\begin{align*}x &= \\boxed 7\\end{align*}", "7"],
    ["It is \\boxed 2.5, or so", "2.5"],
    ["\\boxed{4}, which I put in a \\boxed form", "4"],
    ["Use \\boxed", undefined],
  ])("a box without braces: %s", (text, boxed) => {
    expect(lastBoxed(text)).toBe(boxed);
  });
});

describe("questions about pictures", () => {
  test("a table with choices", async () => {
    const lines = [
      "image,question,choices,answer,reasoning",
      `red.png,"Angle A, in degrees?","['30°', '60°']",60°,"It is ""half"" of\n120."`,
      "red.png,Angle B?,A. 30° | B. 60°,A,",
      "red.png,Side?,,<answer> 4 </answer>,",
      "red.png,Angle C?,30 | 60,90,",
    ];
    await write("geoqa.csv", lines.join("\r\n"));
    const [a, b, c, d] = await readAll({ type: "picture-questions", path: "geoqa.csv" });
    expect(a).toMatchObject({
      messages: [{ content: "Angle A, in degrees?\nA. 30°\nB. 60°" }],
      reasoning: 'It is "half" of\n120.',
      answer: "B",
      metadata: { choices: ["30°", "60°"] },
    });
    expect(b).toMatchObject({ answer: "A", metadata: { choices: ["30°", "60°"] } });
    expect(c).toMatchObject({ messages: [{ content: "Side?" }], answer: "4" });
    expect(d).toContain('the answer "90" is none of the choices 30 | 60');
  });

  test("answers by place, lettered choices, a list of one picture", async () => {
    const base = { images: ["red.png"], question: "<image>\nWhich?" };
    const lettered = { ...base, choices: ["A. 30", "(B) 60"] };
    await write("scienceqa.jsonl", [
      { ...base, choices: ["3", "1", "2"], answer: 2 },
      { ...base, choices: ["3", "1", "2"], answer: "2" },
      { ...base, choices: ["3", "1", "2"], label: "0" },
      { ...base, choices: ["3", "1", "2"], label: "B" },
      { ...lettered, answer: "60" },
      { ...lettered, answer: "B" },
      { ...lettered, answer: "B. 60" },
      { ...base, choices: ["A.D. 500", "500"], answer: "A.D. 500" },
      { ...base, answer: 2 },
      { ...base, choices: ["30", "60"], answer: 90 },
      { ...base, images: ["red.png", "red.png"], answer: "2" },
      { ...base, choices: ["30", "60"], answer: 60 },
      { image: null, question: "Which?", hint: "Iron sinks.", choices: ["it sinks", "it swims"], answer: 0 },
      { image: null, question: "<image>\nWhich?", answer: "red" },
    ]);
    const examples = await readAll({ type: "picture-questions", path: "scienceqa.jsonl" });
    expect(examples.slice(0, 9).map((example) => (example as Example).answer)).toEqual([..."CCABBBBA2"]);
    expect(examples[0]).toMatchObject({ messages: [{ content: "Which?\nA. 3\nB. 1\nC. 2" }] });
    expect(examples[4]).toMatchObject({ metadata: { choices: ["30", "60"] } });
    expect(examples[7]).toMatchObject({ metadata: { choices: ["A.D. 500", "500"] } });
    expect(examples[9]).toContain('the answer "90" as the place of a choice, from 0, is none of the choices 30 | 60');
    expect(examples[10]).toContain("there are 2 pictures");
    expect(examples[11]).toMatchObject({ answer: "B" });
    const content = "Iron sinks.\nWhich?\nA. it sinks\nB. it swims";
    expect(examples[13]).toContain("there is an <image> in the question");
    expect(examples[12]).toMatchObject({ task: "lm_chat", messages: [{ content }], answer: "A" });
    expect(await (examples[0] as Example).image?.load()).toMatchObject({ width: 12 });
  });

  test("CLEVR's folders, and others", async () => {
    await mkdir(join(directory, "clevr/questions"), { recursive: true });
    await mkdir(join(directory, "clevr/images/val"), { recursive: true });
    await writeFile(join(directory, "clevr/images/val/CLEVR_val_0.png"), red);
    const questions = [{ image_filename: "CLEVR_val_0.png", split: "val", question: "Is it red?", answer: "yes" }];
    await write("clevr/questions/CLEVR_val_questions.json", JSON.stringify({ info: { split: "val" }, questions }));
    const [example] = await readAll({ type: "clevr", path: "clevr/questions/CLEVR_val_questions.json" });
    expect(example).toMatchObject({ task: "mmu", answer: "yes" });
    expect(await (example as Example).image?.load()).toMatchObject({ width: 12 });

    await mkdir(join(directory, "pictures/val"), { recursive: true });
    await writeFile(join(directory, "pictures/val/CLEVR_val_0.png"), red);
    const path = "clevr/questions/CLEVR_val_questions.json";
    const [elsewhere] = await readAll({ type: "clevr", path, imageDirectory: "pictures" });
    expect((elsewhere as Example).image?.key).toBe(`file:${join(directory, "pictures/val/CLEVR_val_0.png")}`);
    expect(await (elsewhere as Example).image?.load()).toMatchObject({ width: 12 });
  });
});

test("a picture may be a member of a tar, and records carry metadata", async () => {
  const archive = pack();
  archive.entry({ name: "a/1.png" }, Buffer.from(red));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  await writeFile(join(directory, "pictures.tar"), Buffer.concat(chunks));
  const image = "pictures.tar!a/1.png";
  await write("tar.jsonl", [
    { caption: "red", image, metadata: { level: 1 } },
    { caption: "red", image: "pictures.tar!a/2.png" },
    { caption: "red", image, metadata: 3 },
  ]);
  const source = await jsonlSource({ path: join(directory, "tar.jsonl") });
  const example = await source.read(0);
  expect(example.metadata).toEqual({ level: 1 });
  expect(await example.image?.load()).toMatchObject({ width: 12, height: 10 });
  await expect((await source.read(1)).image?.load()).rejects.toThrow('has no member "a/2.png"');
  await expect(source.read(2)).rejects.toThrow("metadata must be an object, not 3");
  await source.dispose?.();
});

describe("parseCsv", () => {
  test("names the line of what is malformed", () => {
    expect(parseCsv('\uFEFFa,b\n1,"x\ny"\n\n2,', ",", "t.csv")).toEqual([
      { place: "t.csv:2", record: { a: "1", b: "x\ny" } },
      { place: "t.csv:5", record: { a: "2", b: "" } },
    ]);
    const records = (text: string, separator: "," | "\t") =>
      parseCsv(text, separator, "t.csv").map(({ record }) => record);
    expect(records("a\tb\n1,5\t2", "\t")).toEqual([{ a: "1,5", b: "2" }]);
    expect(records('a,b\r\n"",""""\r\n1,2\r\n', ",")).toEqual([
      { a: "", b: '"' },
      { a: "1", b: "2" },
    ]);
    expect(() => parseCsv('a,b\n"x"y,2', ",", "t.csv")).toThrow("t.csv:2: a quoted field");
    expect(() => parseCsv('a,b\n"x\n,2', ",", "t.csv")).toThrow("t.csv:2: a quoted field");
    const [broken, whole] = records("a,b\n\n1\n2,3", ",");
    expect(broken).toMatchObject({ message: "t.csv:3: 1 fields, but 2 columns: a, b" });
    expect(whole).toEqual({ a: "2", b: "3" });
  });

  test("takes fields of megabytes, quotes in them too", () => {
    const [plain, quoted] = ["x".repeat(9e6), 'He said "yes".\n'.repeat(6e5)];
    const text = `a,b\n${plain},"${quoted.replaceAll('"', '""')}"\n`;
    expect(parseCsv(text, ",", "t.csv")[0].record).toEqual({ a: plain, b: quoted });
  });
});

test("a file longer than a text can be is refused with the way out", async () => {
  for (const name of ["huge.json", "huge.csv"]) {
    await write(name, "[]");
    await truncate(join(directory, name), 600 * 2 ** 20);
  }
  const wayOut = `600 MiB are more than can be read as one text (512 MiB): convert it to .jsonl, jq -c '(arrays //`;
  await expect(readAll({ type: "gsm8k", path: "huge.json" })).rejects.toThrow(wayOut);
  await expect(readAll({ type: "gsm8k", path: "huge.csv" })).rejects.toThrow("convert it to .parquet");
});
