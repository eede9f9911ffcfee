import { afterEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../training/run-node.js";
import { createTrainingView } from "./training-view.js";

const EVENTS: readonly RunEvent[] = [
  { kind: "start", step: 0, totalSteps: 1, numParameters: 2_000_000 },
  { kind: "warning", text: "a reward failed" },
  {
    kind: "step",
    report: { step: 1, loss: 0.5, losses: {}, learningRate: 1e-3, gradientNorm: 1, numTokens: 8, seconds: 1 },
  },
  { kind: "finish", step: 1, model: "runs/x/model" },
];

afterEach(() => {
  vi.restoreAllMocks();
});

/** What is printed on both streams. */
function shown(kind: "lines" | "json"): { stdout: string[]; stderr: string } {
  const [stdout, stderr]: string[][] = [[], []];
  vi.spyOn(console, "log").mockImplementation((text: string) => void stdout.push(text));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
  const view = createTrainingView(kind);
  for (const event of EVENTS) view.show(event);
  view.note("stopping");
  view.close();
  return { stdout, stderr: stderr.join("") };
}

test("progress goes to stderr, and where the model is to stdout", () => {
  const { stdout, stderr } = shown("lines");
  expect(stdout).toEqual(["finished: the model is in runs/x/model"]);
  expect(stderr).toMatch(
    /^training 2\.00 M parameters, from the start to step 1\na reward failed\nstep 1\/1 .*\nstopping\n$/,
  );
});

test("as JSON there is an event a line on stdout", () => {
  const { stdout, stderr } = shown("json");
  expect(stdout.map((line) => JSON.parse(line).kind)).toEqual(EVENTS.map(({ kind }) => kind));
  expect(stderr).toBe("stopping\n");
});
