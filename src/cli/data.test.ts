import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { encodeImage } from "#image-codec";
import { jsonlSource } from "../data/jsonl-node.js";
import { blankImage } from "../images/image.js";
import { type LoadedModel, MMaDA } from "../tasks/model.js";
import { OptionError } from "../tasks/options.js";
import { FileError } from "../weights/files.js";
import { dataCommand } from "./commands/data.js";
import { UsageError } from "./exit.js";

let directory: string;
let origin = "";
let numAsked = 0;
/** Answers questions of the form "a + b?" rightly, but those with a 9 wrongly, and refuses those with 77; stops answering after so many. */
let maxAsked = Number.POSITIVE_INFINITY;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const text = Buffer.concat(chunks).toString();
    const [, a, b] = /(\d+) \+ (\d+)\?/.exec(text) ?? [];
    response.statusCode = ++numAsked > maxAsked ? 401 : a === "77" ? 400 : 200;
    const sum = Number(a) + Number(b) + (text.includes("9 +") ? 1 : 0);
    const content = `<think>I put ${a} and ${b} side by side, count ${"them ".repeat(Number(a))}all and get ${sum}.</think>${sum}`;
    response.end(JSON.stringify({ choices: [{ message: { content } }] }));
  });
});
const at = (name: string) => join(directory, name);
const printed: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-curate-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  await writeFile(at("red.png"), await encodeImage(blankImage(4, 4, [250, 0, 0]), "png"));
  const questions = [2, 3, 9, 5].map((a) => ({ prompt: `${a} + 4?`, answer: String(a + 4) }));
  const pictured = { question: "6 + 1?", image: "red.png", answer: "7" };
  await writeFile(
    at("questions.jsonl"),
    [...questions, pictured, { text: "no question" }].map((one) => JSON.stringify(one)).join("\n"),
  );
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const curateTo = (questions: string, output: string, ...rest: string[]) =>
  dataCommand().parseAsync(
    ["curate", at(questions), "--output", at(output), "--endpoint", origin, "--endpoint-model", "m"].concat(
      ["--verify", "numeric", "--samples", "2", "--batch-size", "2", "--json"],
      rest,
    ),
    { from: "user" },
  );
const curate = (...rest: string[]) => curateTo("questions.jsonl", "traces.jsonl", ...rest);
const writeQuestions = (...numbers: number[]) =>
  writeFile(at("sums.jsonl"), numbers.map((a) => JSON.stringify({ prompt: `${a} + 4?`, answer: a + 4 })).join("\n"));

test("a run that is cut short goes on, and keeps what verifies as records that can be trained on", async () => {
  maxAsked = 3;
  await expect(curate()).rejects.toThrow("answered 401");
  const early = (await readFile(at("traces.jsonl.attempts"), "utf8")).trim().split("\n");
  // The answer that came in the same batch as the refusal is kept.
  expect(early).toHaveLength(3);
  maxAsked = Number.POSITIVE_INFINITY;
  numAsked = 0;
  await curate();
  expect(numAsked).toBe(10 - early.length);

  const report = JSON.parse(printed.at(-1)!) as Record<string, unknown>;
  expect(report).toMatchObject({
    numKept: 4,
    numBroken: 2,
    tasks: {
      lm_chat: { numQuestions: 4, numSolved: 3, numAttempts: 8, numRight: 6, numDuplicates: 3, numKept: 3 },
      mmu: { numSolved: 1, numKept: 1 },
    },
  });
  expect(JSON.parse(await readFile(at("traces.jsonl.report.json"), "utf8"))).toEqual(report);
  const traces = await jsonlSource({ path: at("traces.jsonl") });
  const examples = await Promise.all(Array.from({ length: traces.length }, (_, i) => traces.read(i)));
  expect(examples.map(({ task, answer }) => `${task} ${answer}`)).toEqual([
    "lm_chat 6",
    "lm_chat 7",
    "lm_chat 9",
    "mmu 7",
  ]);
  expect(examples[0].reasoning).toMatch(/^I put 2 and 4/);
  expect(await examples[3].image?.load()).toMatchObject({ width: 4 });
  await traces.dispose?.();

  numAsked = 0;
  await curate();
  expect(numAsked).toBe(0);
  expect(JSON.parse(printed.at(-1)!)).toMatchObject({ numKept: 4 });
});

test("attempts at other questions, or with other settings, are refused; another verifier judges them anew", async () => {
  const sums = (...rest: string[]) => curateTo("sums.jsonl", "sums-out.jsonl", "--samples", "1", ...rest);
  await writeQuestions(2, 3);
  await sums();
  numAsked = 0;
  for (const other of [
    ["--seed", "1"],
    ["--temperature", "0.5"],
    ["--gen-length", "64"],
    ["--endpoint-model", "n"],
  ]) {
    const error = await sums(...other).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /sums-out\.jsonl\.attempts has attempts of m at .* not of .* another --output/,
    );
  }
  const attempts = await readFile(at("sums-out.jsonl.attempts"), "utf8");
  await writeFile(at("sums-out.jsonl.attempts"), attempts.replaceAll('"isRight":true', '"isRight":false'));
  await sums();
  expect(JSON.parse(printed.at(-1)!)).toMatchObject({ numKept: 0 });
  await sums("--verify", "exact");
  expect(JSON.parse(printed.at(-1)!)).toMatchObject({ numKept: 2 });
  expect(await readFile(at("sums-out.jsonl.attempts"), "utf8")).toBe(attempts.replaceAll('"numeric"', '"exact"'));

  await writeQuestions(5, 2, 3);
  await expect(sums()).rejects.toThrow("attempts has an attempt at another question than question 1 is now");
  expect(numAsked).toBe(0);
});

test("a question that fails for itself is counted, does not stop the others and is asked again", async () => {
  const failing = (...rest: string[]) => curateTo("sums.jsonl", "failing.jsonl", "--samples", "1", ...rest);
  await writeQuestions(77, 2, 3);
  for (let run = 0; run < 2; run++) {
    numAsked = 0;
    await failing();
    expect(numAsked).toBe(run === 0 ? 3 : 1);
    const report = JSON.parse(printed.at(-1)!) as Record<string, unknown>;
    expect(report).toMatchObject({ numKept: 2, numFailed: 1, tasks: { lm_chat: { numAttempts: 2 } } });
    expect(report.firstFailure).toContain("answered 400");
    expect(await readFile(at("failing.jsonl.attempts"), "utf8")).toMatch(/^\{"id":"0\/0","error":".*answered 400/m);
  }
});

test("a question that a model here cannot take is counted, and does not stop the others", async () => {
  const sizes: number[] = [];
  const answerAll = async (requests: readonly { messages: readonly { content: string }[] }[]) => {
    sizes.push(requests.length);
    return requests.map(({ messages }) => {
      const [, a] = /(\d+) \+ 4\?/.exec(messages.at(-1)!.content)!;
      if (a === "77") throw new OptionError("the request takes 600 places");
      return { text: String(Number(a) + 4), reasoning: `${a} and 4` };
    });
  };
  const model = { answerAll, dispose: async () => {} } as unknown as LoadedModel;
  vi.spyOn(MMaDA, "fromPretrained").mockResolvedValue(model);
  await writeQuestions(2, 77, 3, 5);
  const rest = ["--verify", "numeric", "--samples", "1", "--json"];
  await dataCommand().parseAsync(["curate", at("sums.jsonl"), "--output", at("here.jsonl"), ...rest], { from: "user" });
  expect(sizes).toEqual([4, 2, 1, 1, 2]);
  expect(JSON.parse(printed.at(-1)!)).toMatchObject({
    ...{ numKept: 3, numFailed: 1, firstFailure: "the request takes 600 places" },
    tasks: { lm_chat: { numAttempts: 3, numRight: 3 } },
  });
});

test("a model here has the room that it has for an answer; where every attempt fails, that is said and is a failure", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const answerAll = vi.fn(async () => {
    throw new OptionError("the request takes 520 places");
  });
  const model = { answerAll, dispose: async () => {} } as unknown as LoadedModel;
  vi.spyOn(MMaDA, "fromPretrained").mockResolvedValue(model);
  await writeQuestions(2, 3);
  const args = ["curate", at("sums.jsonl"), "--output", at("none.jsonl"), "--samples", "1"];
  await dataCommand().parseAsync(args, { from: "user" });
  expect(answerAll).toHaveBeenCalledWith(
    [expect.not.objectContaining({ genLength: expect.anything() })],
    expect.anything(),
  );
  expect(process.exitCode).toBe(1);
  process.exitCode = 0;
  expect(said).toHaveBeenCalledWith("all 2 attempts failed, the first: the request takes 520 places\n");
  await dataCommand().parseAsync([...args, "--gen-length", "64"], { from: "user" });
  expect(answerAll).toHaveBeenLastCalledWith([expect.objectContaining({ genLength: 64 })], expect.anything());
  process.exitCode = 0;
});

test("a model is loaded where something is left to be asked, and only there", async () => {
  const answerAll = async (requests: readonly object[]) => requests.map(() => ({ text: "6", reasoning: "2 and 4" }));
  const model = { answerAll, dispose: async () => {} } as unknown as LoadedModel;
  const load = vi.spyOn(MMaDA, "fromPretrained").mockResolvedValue(model);
  await writeFile(at("few.jsonl"), '{"prompt": "2 + 4?", "answer": "6"}\n{"text": "no question"}');
  for (let run = 0; run < 2; run++) {
    await dataCommand().parseAsync(["curate", at("few.jsonl"), "--output", at("kept.jsonl"), "--json"], {
      from: "user",
    });
    expect(JSON.parse(printed.at(-1)!)).toMatchObject({ numKept: 1, numBroken: 4 });
  }
  expect(load).toHaveBeenCalledTimes(1);
});

test("what a curation has not made is not written over, least of all its questions", async () => {
  await writeQuestions(2);
  const questions = await readFile(at("sums.jsonl"), "utf8");
  await symlink(at("sums.jsonl"), at("linked.jsonl"));
  for (const output of ["sums.jsonl", "linked.jsonl"])
    await expect(curateTo("sums.jsonl", output)).rejects.toThrow(/the questions and --output are both .*sums\.jsonl/);
  await writeFile(at("notes.txt"), "mine");
  const refused = curateTo("sums.jsonl", "notes.txt");
  await expect(refused).rejects.toThrow(/notes\.txt is there, and no curation has made it: give another --output/);
  await expect(refused).rejects.toBeInstanceOf(UsageError);
  expect(await readFile(at("sums.jsonl"), "utf8")).toBe(questions);
  expect(await readFile(at("notes.txt"), "utf8")).toBe("mine");
});

test("a source in YAML that is absent or none is named, with a way out", async () => {
  const check = (name: string) => dataCommand().parseAsync(["check", at(name)], { from: "user" });
  const absent = check("absent.yaml");
  await expect(absent).rejects.toBeInstanceOf(FileError);
  await expect(absent).rejects.toThrow(/absent\.yaml: cannot read it: there is no such file or directory/);
  await writeFile(at("bad.yaml"), "{type: problems, kind: [");
  const bad = check("bad.yaml");
  await expect(bad).rejects.toBeInstanceOf(UsageError);
  await expect(bad).rejects.toThrow(/bad\.yaml is no YAML: /);
});

test("helps name the bundled model, not where it lies here", () => {
  for (const command of dataCommand().commands)
    expect(command.helpInformation().replace(/\s+/g, " ")).toContain("(default: the bundled one)");
});

test("a check says what is wrong, and shows rows with their masks", async () => {
  await writeFile(
    at("checked.jsonl"),
    '{"prompt": "2 + 2?", "answer": "4", "reasoning": "2 and 2"}\n{"prompt": \n{"caption": "x", "image": "red.png"}',
  );
  printed.length = 0;
  await dataCommand().parseAsync(["check", at("checked.jsonl"), "--max-length", "30"], { from: "user" });
  const text = printed.join("\n");
  expect(process.exitCode).toBe(1);
  process.exitCode = 0;
  expect(text).toContain("3 records, 1 broken, 2 longer than 30 places, 0 repeated");
  expect(text).toMatch(/checked\.jsonl:2: not JSON/);
  expect(text).toMatch(/assistant<\|end_header_id\|>\n.*\[/);
  expect(text).toMatch(/‹64 codes, 32 masked›/);
});

test("prompts for reinforcement are laid out as with their picture, and counted", async () => {
  await writeFile(at("prompts.jsonl"), '{"caption": "a star"}\n{"caption": "a red square", "image": "red.png"}');
  printed.length = 0;
  await dataCommand().parseAsync(["check", at("prompts.jsonl")], { from: "user" });
  const text = printed.join("\n");
  expect(text).toContain("2 records, 0 broken");
  expect(text).toContain("\n1 without a picture, which reinforcement alone takes");
  expect(process.exitCode ?? 0).toBe(0);
});

test("what is given of an answer is shown as it is learnt from: nothing of it masked, all of the rest", async () => {
  await writeFile(at("given.jsonl"), '{"prompt": "2 + 3?", "answer": "It is 5.", "given": "It is"}');
  printed.length = 0;
  await dataCommand().parseAsync(["check", at("given.jsonl")], { from: "user" });
  const text = printed.join("\n");
  expect(text).toContain("masked after what is given");
  expect(text).toMatch(/It is\[ ?5\.?/);
});
