/** Batches as processes that are interrupted and killed. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decodeImage } from "../../src/images/codec-node.js";
import { endWhen, hasLine, mmada, parseLines, QUICK_PICTURE, QUICK_TEXT, temporaryDirectory } from "./run-command.js";

const SLOW = { timeout: 400_000 };

it.each(["SIGKILL", "SIGINT"] as const)("a batch of questions that is ended by %s goes on", SLOW, async (signal) => {
  const cwd = await temporaryDirectory();
  const ids = Array.from({ length: 40 }, (_, i) => `q${i}`);
  const requests = ids.map((id, i) => JSON.stringify({ id, prompt: `What is ${i} plus 2?`, genLength: 2 + (i % 3) }));
  requests.splice(5, 0, "{nonsense");
  await writeFile(join(cwd, "in.jsonl"), requests.join("\n"));
  const run = ["chat", "--batch", "in.jsonl", "--output", "out.jsonl", "--batch-size", "2", ...QUICK_TEXT];
  const ended = await mmada(run, { cwd, onStarted: endWhen(() => hasLine(join(cwd, "out.jsonl")), signal) });
  expect(ended.code).toBe(signal === "SIGINT" ? 130 : null);
  const read = async () =>
    (await readFile(join(cwd, "out.jsonl"), "utf8")).split("\n").filter((line) => line.endsWith("}"));
  const kept = (await read()).filter((line) => "text" in JSON.parse(line));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(40);

  const second = await mmada([...run, "--json"], { cwd });
  expect(second.code).toBe(1); // a line is nonsense
  expect(JSON.parse(second.stdout)).toEqual({ output: "out.jsonl", done: 40, failed: 1, earlier: kept.length });
  const lines = await read();
  expect(lines).toEqual(expect.arrayContaining(kept));
  expect(lines.map((line) => JSON.parse(line).id ?? "nonsense")).toEqual([
    ...ids.slice(0, 5),
    "nonsense",
    ...ids.slice(5),
  ]);
});

it(
  "pictures of a batch are files by id, each as it is drawn alone; what is there is not drawn again",
  SLOW,
  async () => {
    const cwd = await temporaryDirectory();
    const requests = [
      { id: "one", prompt: "a red circle", seed: 3 },
      { id: "../two", prompt: "a blue star" },
      { id: 3, prompt: "a blue star", steps: 1 },
    ];
    await writeFile(join(cwd, "in.jsonl"), requests.map((request) => JSON.stringify(request)).join("\n"));
    const run = ["imagine", "--batch", "in.jsonl", "--output", "pictures", ...QUICK_PICTURE];
    expect((await mmada(run, { cwd })).code).toBe(1);
    expect((await readdir(join(cwd, "pictures"))).sort()).toEqual(["3.png", "one.png", "results.jsonl"]);
    const results = async () => parseLines(await readFile(join(cwd, "pictures", "results.jsonl"), "utf8"));
    const asked = expect.stringMatching(/^[0-9a-f]{12}$/);
    expect(await results()).toEqual([
      { id: "one", path: "one.png", nfe: 2, steps: 2, seed: 3, asked },
      { id: "../two", line: 2, error: expect.stringMatching(/name of a file/) },
      { id: 3, path: "3.png", nfe: 1, steps: 1, seed: 0, asked },
    ]);

    await mmada(["imagine", "a red circle", "--seed", "3", "--output", "alone.png", ...QUICK_PICTURE], { cwd });
    const pixels = async (name: string) => (await decodeImage(await readFile(join(cwd, name)))).data;
    expect(await pixels("pictures/one.png")).toEqual(await pixels("alone.png"));

    await writeFile(join(cwd, "pictures", "one.png"), "is not touched");
    const again = await mmada([...run, "--json"], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ done: 2, failed: 1, earlier: 2 });
    expect(await readFile(join(cwd, "pictures", "one.png"), "utf8")).toBe("is not touched");

    const changed = await mmada([...run, "--seed", "4"], { cwd });
    expect(changed.stderr).toMatch(/^asked again, since what is asked has changed: 1$/m); // the other has a seed of its own
    expect((await results()).map(({ seed }) => seed)).toEqual([3, undefined, 4]);
  },
);

it("pictures to be described are found beside the file of requests", SLOW, async () => {
  const cwd = await temporaryDirectory();
  await mmada(["imagine", "a star", "--output", "requests/a.png", ...QUICK_PICTURE], { cwd });
  const requests = [
    { id: "a", image: "a.png", question: "What is it?" },
    { id: "b", image: "none.png", question: "What is it?" },
    { id: "c", image: join(cwd, "requests", "a.png"), fit: "pad" },
    { id: "d", question: "What is it?" },
  ];
  await writeFile(join(cwd, "requests", "in.jsonl"), requests.map((request) => JSON.stringify(request)).join("\n"));
  const run = ["describe", "--batch", "requests/in.jsonl", "--output", "out/answers.jsonl", ...QUICK_TEXT];
  expect((await mmada(run, { cwd })).code).toBe(1);
  expect(parseLines(await readFile(join(cwd, "out", "answers.jsonl"), "utf8"))).toEqual([
    expect.objectContaining({ id: "a", text: expect.any(String) }),
    { id: "b", error: expect.stringMatching(/none.png: cannot read it/) },
    expect.objectContaining({ id: "c", text: expect.any(String) }),
    { id: "d", line: 4, error: expect.stringMatching(/it has no "image"/) },
  ]);
});
