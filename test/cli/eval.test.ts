/** `mmada eval` as a process, on the bundled model. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decodeImage } from "../../src/images/codec-node.js";
import { serveHub } from "../hub-server.js";
import { endWhen, hasLine, MINI, mmada, temporaryDirectory } from "./run-command.js";

const SLOW = { timeout: 400_000 };
const ROWS = ["eval", "--rows", "tokenizer/verified-1,problems/sum", "--output", "out"];

it("keeps every outcome and a sheet, prints the table, and does not ask again", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const { code, stdout } = await mmada([...ROWS, "--items", "3", "--json"], { cwd });
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ suite: "mini", seed: 0, isComplete: true, models: ["mini"] });
  const rows = report.sections.flatMap((section: { rows: object[] }) => section.rows);
  expect(rows).toMatchObject([
    { name: "tokenizer/verified-1", unit: "%", figures: [{ numItems: 3 }] },
    { name: "problems/sum", unit: "%", figures: [{ numItems: 3 }] },
  ]);
  const lines = (await readFile(join(cwd, "out/problems-sum.jsonl"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).item)).toEqual([0, 1, 2]);
  const sheet = await decodeImage(await readFile(join(cwd, "out/tokenizer-scenes-1.png")));
  expect(sheet.width).toBeGreaterThan(6 * 192);

  const again = await mmada([...ROWS, "--items", "3", "--markdown"], { cwd });
  expect(again.stdout).toMatch(/^\| {2}\| mini \| 95 % interval \| asked \| items \|\n/);
  expect((await readFile(join(cwd, "out/problems-sum.jsonl"), "utf8")).trim().split("\n")).toEqual(lines);
});

it("goes on after Ctrl-C, to what an uninterrupted run finds", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const sums = (output: string, items: number) =>
    mmada(["eval", "--rows", "problems/sum", "--items", `${items}`, "--json", "--output", output], { cwd, onStarted });
  const file = join(cwd, "out/problems-sum.jsonl");

  let onStarted: ReturnType<typeof endWhen> | undefined = endWhen(() => hasLine(file), "SIGINT");
  const stopped = await sums("out", 1_000_000); // more than any machine asks before it is stopped
  expect(stopped.code).toBe(130);
  expect(JSON.parse(stopped.stdout)).toMatchObject({ isComplete: false });
  const kept = await readFile(file, "utf8");

  onStarted = undefined;
  const numItems = kept.split("\n").length - 1 + 6;
  const resumed = await sums("out", numItems);
  const whole = await sums("whole", numItems);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ isComplete: true });
  expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(whole.stdout));
  const lines = await readFile(file, "utf8");
  expect(lines.startsWith(kept)).toBe(true);
  expect(lines).toBe(await readFile(join(cwd, "whole/problems-sum.jsonl"), "utf8"));
});

it("prints one JSON object whenever Ctrl-C comes, even twice, as through npx", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const hub = await serveHub({ "someone/mini": MINI });
  hub.stall = { file: "someone/mini/model.safetensors", numBytes: 1000 }; // it is never loaded
  const run = (model: string, isTime: () => boolean) =>
    mmada([...ROWS, "--json", "--model", model], {
      cwd,
      env: { HF_HOME: cwd, HF_HUB_CACHE: "", HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: "" },
      onStarted: endWhen(isTime, "SIGINT", "SIGINT"),
    });
  const whileLoading = await run("someone/mini", () => hub.downloads.length > 0);
  expect(whileLoading).toMatchObject({ code: 130, stderr: "stopped; the same command goes on from there\n" });
  expect(JSON.parse(whileLoading.stdout)).toEqual({
    suite: "mini",
    seed: 0,
    isComplete: false,
    models: [],
    sections: [],
  });
  const beforeItems = await run(MINI, () => existsSync(join(cwd, "out/run.json")));
  expect(beforeItems.code).toBe(130);
  expect(JSON.parse(beforeItems.stdout)).toMatchObject({ isComplete: false, models: ["mini"] });
});

it("says what rows there are, and refuses outcomes of another seed", SLOW, async () => {
  const cwd = await temporaryDirectory();
  const unknown = await mmada(["eval", "--rows", "poems"], { cwd });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/there are no rows poems; there are .*problems\/sum/);
  const sum = ["eval", "--rows", "problems/sum", "--items", "1", "--output", "out"];
  expect((await mmada(sum, { cwd })).code).toBe(0);
  const other = await mmada([...sum, "--seed", "1"], { cwd });
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/outcomes of another run are kept here \(seed 0, not 1\): choose another directory/);
});

it(
  "judges the three stages beside each other by their names, with the image tokenizer that only the last has",
  SLOW,
  async () => {
    const rows = ["--rows", "drawing/single-object,problems/sum", "--items", "2", "--json"];
    const { code, stdout } = await mmada([
      "eval",
      "--suite",
      "mini",
      "--compare",
      "stage1",
      "stage2",
      "stage3",
      ...rows,
    ]);
    expect(code).toBe(0);
    const { models, sections } = JSON.parse(stdout);
    expect(models).toEqual(["stage1", "stage2", "stage3"]);
    const figures = sections.flatMap(({ rows: all }: { rows: { figures: object[] }[] }) =>
      all.map((row) => row.figures),
    );
    expect(figures).toMatchObject([Array(3).fill({ numItems: 2 }), Array(3).fill({ numItems: 2 })]);
  },
);
