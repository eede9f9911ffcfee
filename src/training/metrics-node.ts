/** `metrics.jsonl`: a line of JSON for every step of a run. When a run goes on, lines of steps that are done again are replaced. */
import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { attempt, writeFileAtomically } from "../weights/files-node.js";

export interface MetricsLog {
  /** Adds a line, handed to the system when this returns: it outlives the process, though not a loss of power. @throws FileError when the disk is full and the like */
  write(line: { readonly step: number } & Readonly<Record<string, unknown>>): Promise<void>;
  /** The step of the last line; undefined where there is none. */
  lastStep(): number | undefined;
}

/** Opens the log of a run that stands at `step`: what later steps wrote, and half a line that a killed process left, is dropped. */
export async function openMetrics(path: string, step: number): Promise<MetricsLog> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const kept = text.split("\n").filter((line) => (stepOf(line) ?? Number.POSITIVE_INFINITY) <= step);
  const content = kept.map((line) => `${line}\n`).join("");
  if (content !== text) await writeFileAtomically(path, [new TextEncoder().encode(content)]);
  let lastStep = stepOf(kept.at(-1) ?? "");
  return {
    async write(line) {
      await attempt(path, "write", async () => appendFileSync(path, `${JSON.stringify(line)}\n`));
      lastStep = line.step;
    },
    lastStep: () => lastStep,
  };
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line);
    return typeof step === "number" ? step : undefined;
  } catch {
    return undefined;
  }
}
