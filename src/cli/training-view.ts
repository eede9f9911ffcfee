/**
 * What is seen of a training run: on stderr a live view in a terminal, a line now and then elsewhere; on stdout where the finished model is,
 * or every event as JSON for machines.
 */
import { createLogUpdate } from "log-update";
import type { StepReport } from "../training/loop.js";
import type { RunEvent } from "../training/run-node.js";
import { formatCount, formatSeconds, plainBar } from "./figures.js";

export interface TrainingView {
  show(event: RunEvent): void;
  /** A remark that stays. */
  note(text: string): void;
  close(): void;
}

/** Steps between two plain lines, at least this many seconds apart. */
const SECONDS_BETWEEN_LINES = 10;
/** How much a new step counts in the figures that are shown. */
const SMOOTHING = 0.1;

export function createTrainingView(kind: "terminal" | "lines" | "json"): TrainingView {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  if (kind === "json") {
    return {
      show: (event) => console.log(JSON.stringify(withoutPictures(event))),
      note: say,
      close: () => undefined,
    };
  }
  const live = kind === "terminal" ? createLogUpdate(process.stderr) : undefined;
  const progress = createProgress();
  let lastLine = 0;
  const add = (text: string, write: (text: string) => void) => {
    live?.clear();
    write(text);
    live?.(progress.block());
  };
  return {
    note: (text) => add(text, say),
    show(event) {
      progress.add(event);
      const remark = remarkOn(event);
      if (remark) add(remark, event.kind === "finish" ? console.log : say);
      if (event.kind !== "step") return;
      if (live) return live(progress.block());
      const isDue = performance.now() - lastLine > SECONDS_BETWEEN_LINES * 1000;
      if (!isDue && event.report.step !== progress.totalSteps()) return;
      lastLine = performance.now();
      say(progress.line());
    },
    close: () => live?.done(),
  };
}

function remarkOn(event: RunEvent): string | undefined {
  switch (event.kind) {
    case "start": {
      const where = event.step === 0 ? "from the start" : `on from step ${event.step}`;
      return `training ${formatCount(event.numParameters)} parameters, ${where} to step ${event.totalSteps}`;
    }
    case "validation": {
      const answers = event.validation.answers.map(
        ({ question, expected, answer }) =>
          `  ${oneLine(question)} → ${oneLine(answer)} (expected: ${oneLine(expected)})`,
      );
      return [`step ${event.step}, validation: ${numbers(event.validation.losses)}`, ...answers].join("\n");
    }
    case "skip":
      return `skipped a broken record of ${event.sourceName}: ${event.error.message}`;
    case "warning":
      return event.text;
    case "stop":
      return `stopped after step ${event.step}; the same command goes on from there`;
    case "finish":
      return `finished: the model is in ${event.model}`;
    case "step":
    case "checkpoint":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** The figures of the last steps, smoothed. */
function createProgress() {
  let total = 0;
  let report: StepReport | undefined;
  let rate = 0;
  let secondsPerStep = 0;
  let checkpoint: number | undefined;
  const losses = new Map<string, number>();
  const smooth = (old: number | undefined, value: number) =>
    old === undefined || old === 0 ? value : old + SMOOTHING * (value - old);
  const timeLeft = () => formatSeconds((total - (report?.step ?? 0)) * secondsPerStep);
  return {
    totalSteps: () => total,
    add(event: RunEvent) {
      if (event.kind === "start") total = event.totalSteps;
      if (event.kind === "checkpoint") checkpoint = event.step;
      if (event.kind !== "step") return;
      report = event.report;
      for (const [name, value] of Object.entries({ loss: report.loss, ...report.losses }))
        losses.set(name, smooth(losses.get(name), value));
      rate = smooth(rate, report.numTokens / report.seconds);
      secondsPerStep = smooth(secondsPerStep, report.seconds);
    },
    line: () =>
      `step ${report?.step}/${total}  ${numbers(Object.fromEntries(losses))}  ${Math.round(rate)} tokens/s  ${timeLeft()} left`,
    block() {
      if (!report) return "";
      return [
        `${plainBar(report.step / total, 30)} ${report.step}/${total}  ${timeLeft()} left`,
        numbers(Object.fromEntries(losses)),
        `${Math.round(rate)} tokens/s  learning rate ${report.learningRate.toExponential(2)}  gradient ${report.gradientNorm.toFixed(2)}` +
          (checkpoint === undefined ? "" : `  checkpoint at ${checkpoint}`),
      ].join("\n");
    },
  };
}

function numbers(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(4)}`)
    .join("  ");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 100);
}

function withoutPictures(event: RunEvent): unknown {
  if (event.kind === "skip") return { kind: "skip", message: event.error.message, sourceName: event.sourceName };
  if (event.kind !== "validation") return event;
  const { losses, answers } = event.validation;
  return { kind: "validation", step: event.step, losses, answers };
}
