/**
 * Steps of two blocks of the released 8B's width and vocabulary, adapters beside a frozen base of few bits, in a process of its own: prints
 * losses, seconds and resident memory as JSON. The base is random and made in few bits at once; as floats it would take 6.2 GB.
 *
 *     node test/training/full-width-steps.mjs int8 3 16      (base, steps, places)
 */

import { parseTransformerConfig } from "../../dist/model/config.js";
import { ADAPTER_TARGETS } from "../../dist/model/lora.js";
import { batchOf, randomWeights } from "../../dist/runs/measure-step.js";
import { RELEASED_8B } from "../../dist/runs/released-config.js";
import { openBackend } from "../../dist/runtime/backends-node.js";
import { arraysOf } from "../../dist/training/loop.js";
import { compileGradientStep } from "../../dist/training/objective.js";
import { adamW } from "../../dist/training/optimizer.js";
import { pretrainingObjective } from "../../dist/training/pretraining-objective.js";

const [base = "int8", steps = "3", places = "16"] = process.argv.slice(2);
const config = parseTransformerConfig({ ...RELEASED_8B, n_layers: 2 });
const objective = pretrainingObjective(config, { lora: { rank: 8, alpha: 16, targets: ADAPTER_TARGETS, base } });
const { trained, frozen } = randomWeights(objective);
for (const [name, { data }] of trained) if (name.includes("lora_B")) data.fill(0);
const bytesOf = (tensors) => [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
const backend = await openBackend("cpu");
const step = await compileGradientStep(backend, objective, frozen, { isRecomputing: true });
const optimizer = adamW(backend, objective.specs, {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  isDecayed: () => false,
});
const parameters = arraysOf(trained);
const state = optimizer.createState(parameters);
const batch = batchOf(Number(places), Math.ceil(Number(places) / 4));
const before = process.memoryUsage.rss();
const losses = [];
const seconds = [];
const cpuSeconds = [];
for (let i = 0; i < Number(steps); i++) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { loss } = await step.run(trained, batch);
  losses.push(loss.data[0]);
  await optimizer.update(parameters, arraysOf(step.gradients), state, 1e-3, 1);
  seconds.push((performance.now() - start) / 1000);
  const { user, system } = process.cpuUsage(cpu);
  cpuSeconds.push((user + system) / 1e6);
}
const peak = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({
    losses,
    seconds,
    cpuSeconds,
    frozenBytes: bytesOf(frozen),
    trainedBytes: bytesOf(trained),
    before,
    peak,
  }),
);
await step.dispose();
