/** What `mmada train --dry-run` says: what a run would take, and why it is refused where it cannot fit. */
import type { DryRun } from "../runs/dry-run-node.js";
import { formatCount, formatMemory, formatSeconds } from "./figures.js";

/** Why a run is refused, and what would not be; undefined where it fits. */
export function refusalOf({ cost, availableMemory, fits, alternatives, mayHaveAdapters }: DryRun): string | undefined {
  if (fits) return undefined;
  const least = mayHaveAdapters ? "adapters on a base of 4 bits, one row at a time" : "one row at a time";
  const wayOut =
    alternatives.length > 0
      ? `What would fit: ${alternatives.map(({ changes, memory: { total } }) => `${changes.join(", ")} (${formatMemory(total)})`).join("; or ")}.`
      : `Nor would ${least}: it takes a machine with more memory, or a shorter batch.lineLength.`;
  return `this run takes ${formatMemory(cost.memory.total)} of memory, and there are ${formatMemory(availableMemory)}. ${wayOut}`;
}

/**
 * A dry run as people read it.
 * @param recipe its path
 */
export function describeDryRun(recipe: string, run: DryRun): string {
  const { cost, isRecomputing, speed } = run;
  const { memory } = cost;
  const rows: [string, string][] = [
    ["Recipe", recipe],
    ["Settings", run.configFrom],
    [
      "Trained",
      `${formatCount(cost.numTrained)} parameters${cost.numFrozen ? `, beside ${formatCount(cost.numFrozen)} that are frozen` : ""}`,
    ],
    ["Memory", `${formatMemory(memory.total)} of ${formatMemory(run.availableMemory)}`],
    ["  weights", formatMemory(memory.weights)],
    ...(memory.frozen ? [["  frozen base", formatMemory(memory.frozen)] as [string, string]] : []),
    ...(memory.reference ? [["  reference", formatMemory(memory.reference)] as [string, string]] : []),
    ["  gradients", formatMemory(memory.gradients)],
    ["  optimizer", formatMemory(memory.optimizer)],
    [
      "  activations",
      `${formatMemory(memory.activations)}, ${isRecomputing ? "computed again" : "kept"}, ${plural(cost.rowsAtOnce, "row")} at once`,
    ],
    ...(memory.imageTokenizer ? [["  image tokenizer", formatMemory(memory.imageTokenizer)] as [string, string]] : []),
    ["  process", formatMemory(memory.process)],
    ["Steps", `${cost.steps.toLocaleString("en")} of ${plural(cost.rowsPerStep, "row")}`],
    ["Tokens", `at most ${cost.tokensPerStep.toLocaleString("en")} a step, ${cost.tokens.toLocaleString("en")} in all`],
    [
      "Operations",
      `${tera(cost.operationsPerStep)} a step${cost.rolloutOperationsPerStep ? `, ${tera(cost.rolloutOperationsPerStep)} of them for rollouts` : ""}`,
    ],
  ];
  if (speed && run.secondsPerStep !== undefined && run.seconds !== undefined) {
    const rate = `${(speed.operationsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
    const { secondsPerStep: step } = run;
    const aStep = step < 10 ? `${step.toPrecision(2)} s` : formatSeconds(step);
    rows.push(["Time", `${aStep} a step, ${formatSeconds(run.seconds)} in all`]);
    rows.push(["  measured", `${speed.proxy}, ${rate}`]);
  } else rows.push(["Time", "not measured: the run does not fit"]);
  return rows.map(([title, text]) => `${title.padEnd(19)}${text}`).join("\n");
}

function tera(operations: number): string {
  const value = operations / 1e12;
  return `${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString("en")} TFLOP`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
