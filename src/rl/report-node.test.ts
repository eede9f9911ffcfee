import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../images/codec-node.js";
import { drawReport, panelsOf, readCurves } from "./report-node.js";

let run: string;
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), "mmada-report-"));
  const line = (step: number) =>
    `${JSON.stringify({
      step,
      gradientNorm: 1 / step,
      losses: {
        "reward/t2i": step / 10,
        "reward/t2i/scene": step / 10,
        "policy/kl": 0.01 * step,
        "length/lm_chat": 20,
      },
    })}\n`;
  await writeFile(join(run, "metrics.jsonl"), `${[1, 2, 3].map(line).join("")}{"step":4,"los`);
  await writeFile(join(run, "validation.jsonl"), '{"step":3,"losses":{"reward/t2i":0.5}}\n');
});
afterAll(() => rm(run, { recursive: true }));

test("curves are those of the run's logs, half a line left out", async () => {
  const panels = panelsOf(await readCurves(run));
  expect(panels.map(({ title }) => title)).toEqual([
    "reward",
    "reward by kind",
    "reward in validation",
    "KL to the reference",
    "tokens written",
    "norm of the gradients",
  ]);
  expect(panels[0].points).toEqual([1, 2, 3].map((step) => ({ step, value: step / 10, curve: "t2i" })));
  expect(panels[2].points).toEqual([{ step: 3, value: 0.5, curve: "t2i" }]);
});

test("the report is a picture in which something is drawn", async () => {
  const { width, height, data } = await decodeImage(await drawReport("a run", panelsOf(await readCurves(run))));
  expect(width).toBeGreaterThan(1500);
  expect(height).toBeGreaterThan(800);
  const isColored = (i: number) =>
    Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60;
  const numColored = Array.from({ length: width * height }, (_, i) => Number(isColored(3 * i))).reduce(
    (a, b) => a + b,
    0,
  );
  expect(numColored).toBeGreaterThan(1000);
});

test("lines without losses have no curves, and a line that is no JSON is named", async () => {
  const other = await mkdtemp(join(tmpdir(), "mmada-report-"));
  try {
    await writeFile(join(other, "metrics.jsonl"), '{"step":1,"gradientNorm":2}\n');
    expect(await readCurves(other)).toEqual([{ step: 1, name: "gradientNorm", value: 2 }]);
    for (const line of ["half a li", "null"]) {
      await writeFile(join(other, "metrics.jsonl"), `{"step":1,"losses":{}}\n${line}\n`);
      await expect(readCurves(other)).rejects.toThrow(`metrics.jsonl: line 2 is no JSON object, but ${line}`);
    }
  } finally {
    await rm(other, { recursive: true });
  }
});

test("a run may have no validations, but those that are there must be read", async () => {
  const other = await mkdtemp(join(tmpdir(), "mmada-report-"));
  try {
    await writeFile(join(other, "metrics.jsonl"), '{"step":1,"gradientNorm":2}\n');
    expect(await readCurves(other)).toHaveLength(1);
    await mkdir(join(other, "validation.jsonl")); // no file that can be read
    await expect(readCurves(other)).rejects.toThrow(/validation.jsonl/);
  } finally {
    await rm(other, { recursive: true });
  }
});

test("a run without steps of reinforcement is told of", async () => {
  await expect(drawReport("a run", [])).rejects.toThrow(/no steps of reinforcement/);
  await expect(readCurves(join(run, "elsewhere"))).rejects.toThrow(/elsewhere\/metrics.jsonl/);
});
