/** Rollouts can be made again, and the log has what it takes. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tinyConfig, tinyPieces, tinyPrompts } from "../../test/tiny-world.js";
import { createRandom } from "../array/random.js";
import { initializeParameters, listParameters } from "../model/parameters.js";
import { transformerParameters } from "../model/transformer.js";
import { composeRewards } from "../rewards/composition.js";
import { openBackend } from "../runtime/backends-node.js";
import { createTasks } from "../tasks/tasks.js";
import { beforeEnd } from "../tasks/text.js";
import type { Span } from "../tokens/sequence.js";
import { noisedCopies } from "./experience.js";
import { collectGroups } from "./group.js";
import { createNoise } from "./noise/noises.js";
import type { RolloutSampling } from "./reinforced-tasks.js";
import { collectRollouts, type Rollout } from "./rollout.js";
import { listIterations, readIteration, rolloutRecords, writeIteration } from "./rollout-log-node.js";

const specs = listParameters((make) => transformerParameters(tinyConfig, make));
const pieces = tinyPieces(await openBackend("cpu"), initializeParameters(specs, createRandom(4)));
afterAll(() => pieces.dispose());
const sampling: RolloutSampling = {
  text: { genLength: 8, blockLength: 4, steps: 4, temperature: 1 },
  image: { steps: 3, guidanceScale: 1 },
};
const ask = (requests: Parameters<typeof collectRollouts>[1], maxBatch = 64) =>
  collectRollouts(pieces, requests, { sampling, maxBatch });

async function requests() {
  const { nextPrompt } = tinyPrompts(["lm_chat", "t2i", "mmu"]);
  const examples = [await nextPrompt(), await nextPrompt(), await nextPrompt()];
  return examples.map(({ example }, i) => ({ example, seeds: [10 * i, 10 * i + 1, 10 * i + 2] }));
}

test("a rollout hangs on its prompt and seed alone, whatever else is in the batch", async () => {
  const asked = await requests();
  const together = await ask(asked);
  const idsOf = ({ row }: Rollout) => Array.from(row.ids);
  expect((await ask(asked, 2)).flat().map(idsOf)).toEqual(together.flat().map(idsOf));
  for (const [i, { example, seeds }] of asked.entries()) {
    const [alone] = await ask([{ example, seeds: [seeds[1]] }]);
    expect(alone[0]).toEqual(together[i][1]);
  }
  // Seeds make them differ, and the tasks give the same to who asks with a seed.
  const [answers, pictures] = together;
  expect(new Set(answers.map((rollout) => idsOf(rollout).join())).size).toBe(3);
  const tasks = createTasks(pieces);
  const { text } = await tasks.answer(asked[0].example.messages, { ...sampling.text, seed: 2 });
  expect(answers[2].text?.replace(/<.*>/, "")).toBe(text);
  const { codes } = await tasks.imagine("1?", { ...sampling.image, seed: 11 });
  expect(pictures[1].picture?.codes).toEqual(codes);
});

test("every place that was filled has the step that revealed it", async () => {
  for (const { row, revealSteps, steps } of (await ask(await requests())).flat()) {
    const filled = Array.from(revealSteps.keys()).filter((place) => revealSteps[place] >= 0);
    expect(filled).toEqual(Array.from(row.isMaskable.keys()).filter((place) => row.isMaskable[place] === 1));
    expect(Math.max(...revealSteps)).toBe(steps - 1);
    const { answer } = row.spans;
    // Blocks of four, from left to right.
    if (answer) expect(Math.max(...revealSteps.slice(answer.start, answer.start + 4))).toBe(1);
  }
});

test("what was thought ahead of an answer or a picture is learnt from with it", async () => {
  const { nextPrompt } = tinyPrompts(["lm_chat", "r2i"]);
  const examples = [await nextPrompt(), await nextPrompt()];
  const thinking: RolloutSampling = {
    text: { ...sampling.text, thinking: true, thinkingLength: 4 },
    image: { ...sampling.image, thinkingLength: 8 },
  };
  const requests = examples.map(({ example }) => ({ example, seeds: [5, 6] }));
  const rollouts = await collectRollouts(pieces, requests, { sampling: thinking, maxBatch: 3 });
  const noise = createNoise({ kind: "full", promptRatio: 0 });
  for (const rollout of rollouts.flat()) {
    const { row, revealSteps, steps } = rollout;
    const places = Array.from(revealSteps.keys()).filter((place) => revealSteps[place] >= 0);
    const [first, last] = [places[0], places[places.length - 1]];
    // Reasoning is filled before what follows it.
    expect(revealSteps[first]).toBeLessThan(revealSteps[last]);
    expect(Math.max(...revealSteps)).toBe(steps - 1);
    const [{ masked }] = noisedCopies({ row, revealSteps, advantages: [], seed: 1 }, pieces.vocabulary, noise, 0, 1);
    expect([...masked].sort((a, b) => a - b)).toEqual(places);
    expect(row.task === "r2i" ? row.spans.image?.end : row.spans.answer?.end).toBe(last + 1);
  }
  const [, [drawn]] = rollouts;
  // What was written, not marks that were put around it: this network was never taught any.
  expect(drawn.text).not.toContain("think>");
  // Its length is that of what was written, not of a picture, as all are alike in that.
  const { start, end } = drawn.row.spans.reasoning as Span;
  const written = drawn.row.ids.slice(start, end).filter((_, i) => drawn.revealSteps[start + i] >= 0);
  expect(drawn.numTokens).toBe(beforeEnd(pieces.vocabulary, written).length);
  expect(drawn.numTokens).not.toBe(drawn.picture?.codes.length);
  // Reasoning ahead of a picture is sampled as text is, or plans of a group would be one and the same.
  const reasoningSampling = sampling.text;
  const request = { ...thinking.image, thinking: true, seed: 5, reasoningSampling };
  const { codes, reasoning } = await createTasks(pieces).imagine("1?", request);
  expect(drawn.picture?.codes).toEqual(codes);
  expect(drawn.text).toBe(reasoning);
  const [, [, other]] = rollouts;
  expect(other.text).not.toBe(drawn.text);
});

test("an example whose answer is begun has no rollouts, and the error says where that comes from", async () => {
  const { example } = await tinyPrompts(["lm_chat"]).nextPrompt();
  const request = { example: { ...example, reasoning: "1. 2.", given: "1." }, seeds: [5] };
  await expect(collectRollouts(pieces, [request], { sampling, maxBatch: 1 })).rejects.toThrow(
    'given up to "1.": leave `given` out of the records',
  );
});

test("an answer is thought through where its example is, and where the sampling says so", async () => {
  const { nextPrompt } = tinyPrompts(["lm_chat"]);
  const { example } = await nextPrompt();
  const textOf = async (reasoning: string | undefined, thinking?: boolean) => {
    const text = { ...sampling.text, thinkingLength: 4, ...(thinking === undefined ? {} : { thinking }) };
    const request = { example: { ...example, ...(reasoning === undefined ? {} : { reasoning }) }, seeds: [5] };
    const [[rollout]] = await collectRollouts(pieces, [request], { sampling: { ...sampling, text }, maxBatch: 1 });
    return rollout.text;
  };
  expect(await textOf("1.")).toBe(await textOf(undefined, true));
  expect(await textOf("1.", false)).toBe(await textOf(undefined));
  expect(await textOf("1.")).not.toBe(await textOf(undefined));
});

test("an iteration's log is a line a rollout, replaced as a whole, with the noise that it was learnt from in", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mmada-rollouts-"));
  const settings = { numGroups: 3, groupSize: 4, isAdvantageScaled: true, maxRefills: 0, partialPictures: 1 };
  const judge = composeRewards(
    [{ reward: { name: "first", score: ({ answer = "" }) => Number(answer < "5") }, weight: 2 }],
    {
      timeoutSeconds: 1,
      maxFailureShare: 0,
      concurrency: 1,
    },
  );
  const sources = { ...tinyPrompts(["lm_chat", "t2i"]), rollOut: ask, judge, pictureSteps: 3 };
  const groups = await collectGroups(sources, settings, createRandom(3));
  const noise = createNoise({ kind: "coupled" });
  const [leftOut, ...learnt] = groups.flatMap(({ members }) => members).reverse();
  const records = rolloutRecords(12, groups, new Set(learnt), (experience) => [
    noisedCopies(experience, pieces.vocabulary, noise, 0, 1),
  ]);
  await writeIteration(directory, 12, records);
  await writeIteration(directory, 12, records);
  expect(await readdir(directory)).toEqual(["iteration-000012.jsonl"]);
  expect(await listIterations(directory)).toEqual([12]);
  const lines = await readIteration(directory, 12);
  expect(lines).toEqual(JSON.parse(JSON.stringify(records)));
  expect(lines).toHaveLength(12);
  const [line] = lines;
  expect(line).toMatchObject({
    iteration: 12,
    group: 0,
    member: 0,
    task: "lm_chat",
    source: "tiny-lm_chat",
    expected: "7",
  });
  expect(line.reward).toBe(2 * line.rewards.first);
  // What was not learnt from is said so, though its group was kept.
  expect(lines.map(({ isKept }) => isKept)).toEqual(lines.map((_, i) => i < 11));
  expect(lines[11]).toMatchObject({ seed: leftOut.rollout.seed, noise: [] });
  const [first, second] = line.noise[0];
  expect([...first.scored, ...(second?.scored ?? [])].every((place) => line.revealSteps[place] >= 0)).toBe(true);
  // From the line alone the rollout can be made again.
  const [[again]] = await ask([{ example: { task: line.task, messages: line.messages }, seeds: [line.seed] }]);
  expect(Array.from(again.row.ids)).toEqual(line.ids);
  await rm(directory, { recursive: true });
  await expect(readIteration(directory, 12)).rejects.toThrow(/iteration-000012/);
  expect(await listIterations(directory)).toEqual([]);
});
