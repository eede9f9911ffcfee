/**
 * Outcomes in a directory: `run.json` says which model and seed they are of, one JSONL file a benchmark holds a line an item, for
 * people to read and for a later run to go on from. Lines are only ever added, so a run that is killed loses at most its last batch.
 */
import { createHash } from "node:crypto";
import { appendFile, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { ModelFiles } from "../tasks/model-files.js";
import { FileError } from "../weights/files.js";
import { attempt, createDirectory, listDirectory, openFile, writeFileAtomically } from "../weights/files-node.js";
import { readOptionalJson } from "../weights/json-files.js";
import type { Outcome } from "./benchmark.js";
import type { OutcomeStore } from "./runner.js";

/** What outcomes are of. Those of different ones must not be mixed. */
export interface RunIdentity {
  readonly suite: string;
  readonly seed: number;
  /** See `fingerprintOf`. */
  readonly model: string;
}

const CHUNK_BYTES = 2 ** 24;

/** Settings, weights and templates. */
const FILE_OF_A_MODEL = /\.(json|safetensors|bin|jinja)$/;

/**
 * A hash of all settings and weights of a model, those of its image tokenizer and of an adapter worked into it too: another one is another
 * model, wherever it lies.
 * @throws FileError when they cannot be read
 */
export async function fingerprintOf({ directory, imageTokenizer }: ModelFiles, adapter?: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of [directory, imageTokenizer, adapter].filter((one) => one !== undefined)) {
    for (const name of (await listDirectory(path)).filter((one) => FILE_OF_A_MODEL.test(one))) {
      hash.update(`\n${name}\n`);
      const file = await openFile(join(path, name));
      try {
        for (let offset = 0; offset < file.size; offset += CHUNK_BYTES)
          hash.update(await file.read(offset, Math.min(CHUNK_BYTES, file.size - offset)));
      } finally {
        await file.close();
      }
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * The store in a directory, which is made when there is none.
 * @throws FileError when the directory holds outcomes of another model, seed or suite
 */
export async function openOutcomeStore(directory: string, identity: RunIdentity): Promise<OutcomeStore> {
  await createDirectory(directory);
  const path = join(directory, "run.json");
  const kept = (await readOptionalJson(path)) as Partial<RunIdentity> | undefined;
  const differing = (["suite", "seed", "model"] as const).filter((key) => kept && kept[key] !== identity[key]);
  if (kept && differing.length > 0) {
    const all = differing.map((key) => `${key} ${JSON.stringify(kept[key])}, not ${JSON.stringify(identity[key])}`);
    throw new FileError(path, `outcomes of another run are kept here (${all.join("; ")}): choose another directory`);
  }
  if (!kept) await writeFileAtomically(path, [new TextEncoder().encode(`${JSON.stringify(identity, null, 2)}\n`)]);
  const fileOf = (benchmark: string) => join(directory, `${fileStem(benchmark)}.jsonl`);
  return {
    read: (benchmark) => readOutcomes(fileOf(benchmark)),
    append: (benchmark, outcomes) =>
      attempt(fileOf(benchmark), "write", () =>
        appendFile(fileOf(benchmark), outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join("")),
      ),
  };
}

/** `questions/colour` → `questions-colour`. */
export function fileStem(benchmark: string): string {
  return benchmark.replaceAll("/", "-");
}

/** The lines of a file; what a killed run left of its last one is cut off. @throws FileError for a line that is no outcome */
async function readOutcomes(path: string): Promise<Outcome[]> {
  const bytes = await attempt(path, "read", () =>
    readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return Buffer.alloc(0);
      throw error;
    }),
  );
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) await attempt(path, "write", () => truncate(path, end));
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  return lines.map((line, i) => parseOutcome(line, path, i + 1));
}

function parseOutcome(line: string, path: string, number: number): Outcome {
  try {
    const outcome = JSON.parse(line) as Partial<Outcome>;
    if (Number.isInteger(outcome.item) && typeof outcome.isRight === "boolean") return outcome as Outcome;
  } catch {
    // Said below.
  }
  throw new FileError(
    path,
    `line ${number} is no outcome of an evaluation: remove the file, and its items are asked again`,
  );
}
