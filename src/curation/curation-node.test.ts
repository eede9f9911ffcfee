/** What whoever calls the package meets; the whole of a curation, as people type it, is tested in `src/cli/data.test.ts`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExampleSource } from "../data/example.js";
import { OptionError } from "../tasks/options.js";
import { OutputError } from "../tasks/results-file-node.js";
import { curate } from "./curation-node.js";
import { type CurationProgress, settingsOf } from "./options.js";

let directory: string;
let endpoint: string;
const asked: Record<string, unknown>[] = [];
/** Answers everything with 6, and no question at which there is an 8. */
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  asked.push(JSON.parse(text));
  response.statusCode = text.includes("8 + 4?") ? 400 : 200;
  response.end(JSON.stringify({ choices: [{ message: { content: "<think>two and four</think>6" } }] }));
});
const sums = (...numbers: number[]): ExampleSource => ({
  name: "sums",
  length: numbers.length,
  read: async (index) => ({
    task: "lm_chat",
    messages: [{ role: "user", content: `${numbers[index]} + 4?` }],
    answer: String(numbers[index] + 4),
  }),
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-curation-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/v1`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

test("a curation says what came of it, as its report does, and on the way how far it is", async () => {
  const output = join(directory, "traces.jsonl");
  const progress: CurationProgress[] = [];
  const report = await curate(sums(2, 3, 8), {
    ...{ output, model: "m", endpoint, verify: "numeric", samples: 1, batchSize: 2, temperature: undefined },
    onAttempts: (at) => progress.push(at),
  });
  expect(report).toMatchObject({
    ...{ output, numKept: 1, numMade: 3, numBroken: 0, numFailed: 1 },
    firstFailure: expect.stringContaining("answered 400"),
    tasks: { lm_chat: { numAttempts: 2, numRight: 1 } },
  });
  expect(JSON.parse(await readFile(`${output}.report.json`, "utf8"))).toEqual(report);
  expect(progress).toEqual([
    { numDone: 0, numAttempts: 3, numRight: 0 },
    { numDone: 2, numAttempts: 3, numRight: 1 },
  ]);
  // What is left out is as it says.
  for (const { temperature, max_tokens, seed } of asked) expect([temperature, max_tokens, seed]).toEqual([0.8, 512, 0]);
});

test("it writes over nothing that no curation has made, and goes on with none of other settings", async () => {
  const notes = join(directory, "notes.txt");
  await writeFile(notes, "mine");
  const refused = (output: string, rest: object = {}) =>
    curate(sums(2), { output, model: "m", endpoint, samples: 1, ...rest }).catch((error: unknown) => error);
  expect(await refused(notes)).toMatchObject({ name: "OutputError", message: expect.stringMatching(/another output/) });
  expect(await readFile(notes, "utf8")).toBe("mine");
  const output = join(directory, "other.jsonl");
  await curate(sums(2), { output, model: "m", endpoint, samples: 1 });
  expect(await refused(output, { seed: 1 })).toBeInstanceOf(OutputError);
});

test("it can be stopped; options that will not do are refused before anything is asked, and questions without end", async () => {
  const output = join(directory, "none.jsonl");
  const options = { output, model: "m", endpoint };
  const signal = AbortSignal.abort(new Error("stopped"));
  await expect(curate(sums(2), { ...options, signal })).rejects.toThrow("stopped");
  const wrong = () => settingsOf({ ...options, samples: 0, maxSimilarity: 2, verify: "maths" as "math" });
  expect(wrong).toThrow(OptionError);
  expect(wrong).toThrow(/verify must be one of .*got "maths"; samples must be .*got 0; maxSimilarity must be .*got 2/);
  const endless = { ...sums(2), length: Number.POSITIVE_INFINITY };
  await expect(curate(endless, options)).rejects.toThrow("maxQuestions says how many are asked");
});
