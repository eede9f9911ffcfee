/** What `chat` and `imagine` make of a line of a batch: what the model is asked. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { blankImage } from "../images/image.js";
import { createGeneration } from "../tasks/generation.js";
import { MMaDA } from "../tasks/model.js";
import { chatCommand } from "./commands/chat.js";
import { imagineCommand } from "./commands/imagine.js";

const QUIET = { from: "user" as const };
let directory: string;
let asked: unknown[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-lines-"));
  asked = [];
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const answerAll = (requests: readonly unknown[]) =>
    createGeneration(async function* () {
      yield [];
      asked.push(...requests);
      return requests.map(() => ({ text: "well", image: blankImage(2, 2) }));
    });
  const model = { answerAll, imagineAll: answerAll, dispose: async () => {} };
  vi.spyOn(MMaDA, "fromPretrained").mockResolvedValue(model as never);
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(directory, { recursive: true });
});

const at = (name: string) => join(directory, name);
const writeRequests = (...requests: object[]) =>
  writeFile(at("in.jsonl"), requests.map((request) => `${JSON.stringify(request)}\n`).join(""));

it("--system goes ahead of every prompt of chat that has no system message of its own", async () => {
  const user = { role: "user", content: "hi" };
  const own = { role: "system", content: "be long" };
  await writeRequests({ id: 1, prompt: "hi" }, { id: 2, prompt: [user] }, { id: 3, prompt: [own, user] });
  const args = ["--batch", at("in.jsonl"), "--output", at("out.jsonl")];
  await chatCommand().parseAsync([...args, "--system", "be short"], QUIET);
  const told = { role: "system", content: "be short" };
  expect(asked).toEqual(
    [
      [told, user],
      [told, user],
      [own, user],
    ].map((messages) => ({ messages })),
  );
  asked = [];
  await chatCommand().parseAsync(args, QUIET);
  expect(asked).toEqual([{ messages: "hi" }, { messages: [user] }]); // the third is asked as before
});

it("a line of imagine may say how reasoning is sampled", async () => {
  const line = { prompt: "a star", thinking: true, reasoningSampling: { temperature: 0.5 } };
  await writeRequests(
    { id: "good", ...line },
    { id: "seed", ...line, reasoningSampling: { seed: 1 } },
    { id: "word", ...line, reasoningSampling: "hot" },
  );
  await imagineCommand().parseAsync(["--batch", at("in.jsonl"), "--output", at("out")], QUIET);
  expect(asked).toEqual([line]);
  const results = await readFile(at("out/results.jsonl"), "utf8");
  expect(results).toMatch(/"seed","line":2,"error":"line 2: reasoningSampling takes no seed/);
  expect(results).toMatch(/"word","line":3,"error":"line 3: its \\"reasoningSampling\\" must be an object of options/);
});
