import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "./benchmark.js";
import { fingerprintOf, openOutcomeStore } from "./outcome-store-node.js";

const MODEL = fileURLToPath(new URL("../../models/mini", import.meta.url));
const identity = { suite: "mini", seed: 0, model: "abc" };
const outcomes: Outcome[] = [0, 1, 2].map((item) => ({
  item,
  asked: "How many stars?\n“two lines”",
  wanted: "3",
  given: String(item),
  isRight: false,
  numbers: { x: item },
  codes: [item],
}));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "outcomes-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("openOutcomeStore", () => {
  it("gives back what was appended, to another run too", async () => {
    const at = join(directory, "kept");
    const store = await openOutcomeStore(at, identity);
    expect(await store.read("a/b")).toEqual([]);
    await store.append("a/b", outcomes.slice(0, 2));
    await store.append("a/b", outcomes.slice(2));
    expect(await store.read("a/b")).toEqual(outcomes);
    expect(await (await openOutcomeStore(at, identity)).read("a/b")).toEqual(outcomes);
    expect((await readFile(join(at, "a-b.jsonl"), "utf8")).trimEnd().split("\n").length).toBe(3);
  });

  it("cuts off the line that a killed run has left, and goes on after it", async () => {
    const at = join(directory, "torn");
    const store = await openOutcomeStore(at, identity);
    await store.append("a/b", outcomes.slice(0, 2));
    await appendFile(join(at, "a-b.jsonl"), JSON.stringify(outcomes[2]).slice(0, 30));
    expect(await store.read("a/b")).toEqual(outcomes.slice(0, 2));
    await store.append("a/b", outcomes.slice(2));
    expect(await store.read("a/b")).toEqual(outcomes);
  });

  it("refuses outcomes of another run and files of something else", async () => {
    const at = join(directory, "foreign");
    const store = await openOutcomeStore(at, identity);
    await expect(openOutcomeStore(at, { ...identity, seed: 1, model: "def" })).rejects.toThrow(
      /another run are kept here \(seed 0, not 1; model "abc", not "def"\): choose another directory/,
    );
    await writeFile(join(at, "a-b.jsonl"), `${JSON.stringify(outcomes[0])}\n{"item": "one"}\n`);
    await expect(store.read("a/b")).rejects.toThrow(/a-b\.jsonl: line 2 is no outcome/);
  });
});

describe("fingerprintOf", () => {
  it("is that of the files' contents, the image tokenizer's too, wherever they lie", async () => {
    const [copy, other] = [join(directory, "copy"), join(directory, "other")];
    await cp(MODEL, copy, { recursive: true });
    await cp(MODEL, other, { recursive: true });
    await appendFile(join(other, "image-tokenizer", "config.json"), " ");
    const [a, b, c] = await Promise.all(
      [MODEL, copy, other].map((path) => fingerprintOf({ directory: path, imageTokenizer: `${path}/image-tokenizer` })),
    );
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    // What is worked into it makes it another one, as does a template or a file of weights beside.
    const files = { directory: copy };
    const bare = await fingerprintOf(files);
    const adapted = await fingerprintOf(files, other);
    await writeFile(join(copy, "chat_template.jinja"), "{{ 1 }}");
    const templated = await fingerprintOf(files);
    await writeFile(join(copy, "pytorch_model.bin"), "");
    expect(new Set([bare, adapted, templated, await fingerprintOf(files)]).size).toBe(4);
  });
});
