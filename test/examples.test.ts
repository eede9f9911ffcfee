/** The examples run as they stand, against the built package, and say what they should. */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { decodeImage } from "#image-codec";
import { blankImage } from "../src/images/image.js";
import { moduleReward } from "../src/rewards/module-node.js";

const repository = fileURLToPath(new URL("../", import.meta.url));
const timeout = 300_000;

async function run(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${name}.js`], { cwd: repository, timeout });
  return stdout.trimEnd().split("\n");
}

/** A file that an example writes, which was not there before. */
async function written(name: string, file: string): Promise<Uint8Array> {
  await rm(`${repository}/out/${file}`, { force: true });
  expect((await run(name)).join("\n")).toContain(`out/${file}`);
  return new Uint8Array(await readFile(`${repository}/out/${file}`));
}

describe("examples", { timeout }, () => {
  test("ask", async () => {
    const [first, second] = await run("ask");
    expect(first).toMatch(/^17 plus 25: /);
    expect(second).toMatch(/\(8 evaluations of the network\)$/);
  });

  test("stream-steps", async () => {
    const lines = await run("stream-steps");
    expect(lines.slice(0, -1).map((line) => line.slice(0, 3))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `${i}/8`));
    expect(lines.at(-1)).toMatch(/^Answer: .*\((end|length)\)$/);
  });

  test("describe", async () => {
    const lines = await run("describe");
    expect(lines.map((line) => line.split(/[:?]/)[0])).toEqual(["Seen", "How many objects are there", "Described"]);
  });

  test("draw", async () => {
    const animation = await written("draw", "circle.gif");
    const { width, height } = await decodeImage(animation);
    expect([width, height]).toEqual([256, 256]);
    expect(numFrames(animation)).toBe(9);
  });

  test("inpaint", async () => {
    const { width, height } = await decodeImage(await written("inpaint", "extended.png"));
    expect([width, height]).toEqual([96, 64]);
  });

  test("batch", async () => {
    const lines = await run("batch");
    expect(lines.slice(-2)).toEqual(["Alone it is the same: true", "2 pictures of 64×64 pixels"]);
  });

  test("graph", async () => {
    const [, gradient, differences] = await run("graph");
    const [first] = gradient.replace("dy/dw = ", "").split(",").map(Number);
    expect(Number(differences.split(" = ")[1])).toBeCloseTo(first, 4);
  });

  test("reward", async () => {
    const path = `${repository}examples/reward.js`;
    const { name, score } = await moduleReward({ path, options: { color: [220, 40, 40] } });
    const image = blankImage(4, 2, [200, 60, 30]);
    image.data.fill(0, 0, 6);
    const rollout = { task: "t2i", messages: [], image, numTokens: 64, isFinished: true, metadata: {} } as const;
    expect([name, await score(rollout, new AbortController().signal)]).toEqual(["color", 0.75]);
  });

  test("train", async () => {
    const lines = await run("train");
    const losses = lines.filter((line) => line.startsWith("step")).map((line) => Number(line.split("loss ")[1]));
    expect(losses.at(-1)).toBeLessThan(losses[0] * 0.8);
    expect(lines).toContain("2 4 ░ ░ ░ ░ ░ ░  →  2 4 6 8 0 2 4 6");
    expect(lines).toContain("9 0 ░ ░ ░ ░ ░ ░  →  9 0 1 2 3 4 5 6");
  });
});

/** Graphic control extensions of a GIF: one a frame. */
function numFrames(gif: Uint8Array): number {
  return Buffer.from(gif).toString("latin1").split("\x21\xf9\x04").length - 1;
}
