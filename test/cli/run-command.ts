/** The command `mmada` as people run it: a process of its own, over what `npm run build` made (`npm test` builds first). */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
export const MINI = fileURLToPath(new URL("../../models/mini", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with the process as it writes. */
  onStarted?(child: ChildProcess): void;
}

/** Runs `mmada ARGUMENTS` to its end. */
export async function mmada(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  if (!existsSync(MAIN)) throw new Error("there is no dist/cli/main.js: npm run build");
  const { input = "", env, cwd, onStarted } = options;
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...process.env, ...env } });
  const [stdout, stderr] = [child.stdout, child.stderr].map(collect);
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  onStarted?.(child);
  const code = await new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  return { code, stdout: await stdout, stderr: await stderr };
}

/** Has a process end by signals, which are sent once each, as soon as it is time. */
export function endWhen(isTime: () => boolean | Promise<boolean>, ...signals: readonly NodeJS.Signals[]) {
  return async (child: ChildProcess): Promise<void> => {
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    while (isRunning() && !(await isTime())) await setTimeout(10);
    for (const signal of signals) child.kill(signal);
  };
}

/** Whether a file holds a line yet. */
export async function hasLine(path: string): Promise<boolean> {
  return (await readFile(path, "utf8").catch(() => "")).includes("\n");
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

/** An empty directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mmada-cli-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Objects of a JSONL text. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Options that make an answer quick. */
export const QUICK_TEXT = ["--gen-length", "4", "--steps", "1"] as const;
export const QUICK_PICTURE = ["--steps", "2", "--guidance-scale", "0"] as const;
