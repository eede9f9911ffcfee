/**
 * The noises of UniGRPO on one domain, drawing, at equal compute: a copy of each answer at every update. Runs of several seeds, made by the
 * command that anyone trains with, so one that is stopped goes on; in the end a table of rewards and a plot with their spread.
 *
 *     npm run bench -- noises [--noises even,random,truncated,full,trace] [--seeds 3] [--steps 48] [--output runs/noises]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";
import { table } from "./measure.js";

const { values } = parseArgs({
  options: {
    noises: { type: "string", default: "even,random,truncated,full,trace" },
    seeds: { type: "string", default: "3" },
    steps: { type: "string", default: "48" },
    output: { type: "string", default: "runs/noises" },
  },
});
const noises = values.noises.split(",");
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const steps = Number(values.steps);
const [half, third] = [2, 3].map((parts) => Math.ceil(steps / parts));

/** A noise with one copy of each answer, whatever its own default. */
const SINGLE: Readonly<Record<string, object>> = {
  random: { kind: "random", copies: 1 },
  trace: { kind: "trace", shrink: 5, copies: 1 },
};

const base = parse(readFileSync("recipes/mini-noises.yaml", "utf8"));
/** As a recipe in the output names it, so that a run goes on wherever the clone is. */
const fromOutput = (path: string) => relative(values.output, join("recipes", path));
mkdirSync(values.output, { recursive: true });

function mmada(...args: string[]): void {
  const { status } = spawnSync(process.execPath, ["dist/cli/main.js", ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const runs = seeds.flatMap((seed) =>
  noises.map((noise) => {
    const run = join(values.output, `${noise}-${seed}`);
    const recipe = {
      ...base,
      seed: `noise-${seed}`,
      steps,
      model: { from: fromOutput(base.model.from), imageTokenizer: fromOutput(base.model.imageTokenizer) },
      tasks: { t2i: { noise: SINGLE[noise] ?? noise } },
      checkpoints: { every: steps, keep: 1 },
      validation: { ...base.validation, every: half },
    };
    return { noise, run, recipe };
  }),
);
for (const { run, recipe } of runs) {
  writeFileSync(`${run}.yaml`, stringify(recipe));
  mmada("train", `${run}.yaml`, "--output", run);
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
/** The mean and, of several, the deviation of a sample, as the plot's band. */
const withSpread = (numbers: readonly number[]) => {
  const squares = numbers.map((value) => (value - mean(numbers)) ** 2);
  const deviation = Math.sqrt((mean(squares) * numbers.length) / (numbers.length - 1));
  return `${mean(numbers).toFixed(2)}${numbers.length > 1 ? ` ± ${deviation.toFixed(2)}` : ""}`;
};
/** The reward of drawings by step, from one of a run's logs. */
const rewards = (run: string, log: string) =>
  readFileSync(join(run, log), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ step, losses }) => ({ step: step as number, reward: losses["reward/t2i"] as number }));
const rows = noises.map((noise) => {
  const own = runs.filter((run) => run.noise === noise).map(({ run }) => run);
  const over = (log: string, isCounted: (step: number) => boolean) =>
    withSpread(
      own.map((run) =>
        mean(
          rewards(run, log)
            .filter(({ step }) => isCounted(step))
            .map(({ reward }) => reward),
        ),
      ),
    );
  return [
    noise,
    over("metrics.jsonl", (step) => step <= third),
    over("metrics.jsonl", (step) => step > steps - third),
    over("validation.jsonl", (step) => step === half),
    over("validation.jsonl", (step) => step === steps),
  ];
});
console.log(`Rewards of drawings, of 2; mean of ${seeds.length} seeds ± their deviation.`);
console.log(table([["noise", "first third", "last third", "fixed prompts half-way", "in the end"], ...rows]));
mmada("rl", "compare", ...runs.map(({ run }) => run), "--output", join(values.output, "comparison.png"));
