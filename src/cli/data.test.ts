import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { encodeImage } from "#image-codec";
import { jsonlSource } from "../data/jsonl-node.js";
import { blankImage } from "../images/image.js";
import { dataCommand } from "./commands/data.js";

let directory: string;
let origin = "";
let numAsked = 0;
/** Answers questions of the form "a + b?" rightly, but those with a 9 wrongly; stops answering after so many. */
let maxAsked = Number.POSITIVE_INFINITY;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const text = Buffer.concat(chunks).toString();
    const [, a, b] = /(\d+) \+ (\d+)\?/.exec(text) ?? [];
    response.statusCode = ++numAsked > maxAsked ? 400 : 200;
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

const curate = (...rest: string[]) =>
  dataCommand().parseAsync(
    [
      "curate",
      at("questions.jsonl"),
      "--output",
      at("traces.jsonl"),
      "--endpoint",
      origin,
      "--endpoint-model",
      "m",
    ].concat(["--verify", "numeric", "--samples", "2", "--batch", "2", "--json", ...rest]),
    { from: "user" },
  );

test("a run that is cut short goes on, and keeps what verifies as records that can be trained on", async () => {
  maxAsked = 3;
  await expect(curate()).rejects.toThrow("answered 400");
  const early = (await readFile(at("traces.jsonl.attempts"), "utf8")).trim().split("\n");
  expect(early.length).toBeGreaterThan(0);
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

test("what is given of an answer is shown as it is learnt from: nothing of it masked, all of the rest", async () => {
  await writeFile(at("given.jsonl"), '{"prompt": "2 + 3?", "answer": "It is 5.", "given": "It is"}');
  printed.length = 0;
  await dataCommand().parseAsync(["check", at("given.jsonl")], { from: "user" });
  const text = printed.join("\n");
  expect(text).toContain("masked after what is given");
  expect(text).toMatch(/It is\[ ?5\.?/);
});
