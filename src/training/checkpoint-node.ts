/**
 * Checkpoints of a run: directories `step-000120` with the model in the Hugging Face layout, the optimizer's memory and the place in
 * the data. A directory appears under its name when all of it is on the disk, so that whatever kills the process, the newest one is
 * whole; what is damaged later is found by checksums. Does not know what the run trains.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Tensor, tensor } from "../array/tensor.js";
import { checkParameters } from "../weights/check-parameters.js";
import { attempt, syncDirectory, writeFileAtomically } from "../weights/files-node.js";
import { encodeSafetensors } from "../weights/safetensors.js";
import { openTensorFile } from "../weights/tensor-file.js";
import type { Weights } from "./objective.js";
import type { Arrays, OptimizerState } from "./optimizer.js";

/** All that a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Updates made. */
  readonly step: number;
  readonly weights: Weights;
  readonly optimizerState: OptimizerState;
  /** State of the batch source (position in the data, random numbers), as plain JSON. */
  readonly data: unknown;
  /** The recipe that it was trained by, as plain JSON, so that another one is recognized. */
  readonly recipe: unknown;
}

/** What is saved along with a checkpoint, and how many are kept. */
export interface SaveCheckpointOptions {
  /** Checkpoints to keep, this one included; older ones are removed. */
  readonly keep: number;
  /** Further files by name, such as `config.json` and `tokenizer.json`, that say what the weights are of. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A checkpoint that cannot be used: which one, why, what to do. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

const WEIGHTS = "model.safetensors";
const OPTIMIZER = "optimizer.safetensors";
const STATE = "state.json";
const FORMAT = 1;
const COMPLETE = /^step-(\d{6,})$/;
/** What is being written or removed; of no use to anyone when the process is gone. */
const TEMPORARY = /^\.step-\d+\..*$/;

/** What `state.json` holds, beside a checksum of itself. */
interface StoredState {
  readonly format: number;
  readonly step: number;
  readonly numUpdates: number;
  readonly data: unknown;
  readonly recipe: unknown;
  /** SHA-256 of the other files. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Writes a checkpoint beside the others, then removes those beyond `keep`.
 * @returns its path
 * @throws FileError when the disk is full and the like; earlier checkpoints are as they were
 */
export async function saveCheckpoint(
  directory: string,
  { step, weights, optimizerState, data, recipe }: Checkpoint,
  { keep, files }: SaveCheckpointOptions,
): Promise<string> {
  const name = `step-${String(step).padStart(6, "0")}`;
  const path = join(directory, name);
  const temporary = join(directory, `.${name}.tmp`);
  await attempt(directory, "create", () => mkdir(directory, { recursive: true }));
  await removeTemporary(directory);
  await attempt(temporary, "create", () => mkdir(temporary));
  try {
    const checksums: Record<string, string> = {};
    const write = async (file: string, chunks: Iterable<Uint8Array>) => {
      const hash = createHash("sha256");
      await writeFileAtomically(join(temporary, file), hashed(chunks, hash));
      checksums[file] = hash.digest("hex");
    };
    for (const [file, content] of Object.entries(files)) await write(file, [bytes(content)]);
    await write(WEIGHTS, encodeSafetensors(weights, { format: "pt" }));
    await write(OPTIMIZER, encodeSafetensors(slotTensors(optimizerState, weights)));
    const { numUpdates } = optimizerState;
    const state = JSON.stringify({ format: FORMAT, step, numUpdates, data, recipe, checksums } satisfies StoredState);
    await write(STATE, [bytes(`${JSON.stringify({ checksum: sha256(state) }).slice(0, -1)},"state":${state}}\n`)]);
    await attempt(path, "write", () => replaceDirectory(temporary, path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  const older = (await listCheckpoints(directory)).filter((other) => other.step < step);
  for (const other of older.slice(0, Math.max(0, older.length + 1 - keep))) await removeCheckpoint(other.path);
  return path;
}

/** A checkpoint that was found. */
export interface CheckpointPlace {
  readonly step: number;
  readonly path: string;
}

/** Complete checkpoints of a directory, the oldest first; none when there is no such directory. */
export async function listCheckpoints(directory: string): Promise<CheckpointPlace[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .flatMap((name) => {
      const match = COMPLETE.exec(name);
      return match ? [{ step: Number(match[1]), path: join(directory, name) }] : [];
    })
    .sort((a, b) => a.step - b.step);
}

/**
 * The newest checkpoint of a directory, checked against its checksums; undefined when there is none.
 * @param specs the parameters that its model must have
 * @throws CheckpointError when it is damaged, naming the last good one; another is never taken silently
 * @throws ParameterError when its weights are those of another model
 */
export async function loadLatestCheckpoint(
  directory: string,
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Promise<Checkpoint | undefined> {
  const places = await listCheckpoints(directory);
  const newest = places.pop();
  if (!newest) return undefined;
  try {
    return await loadCheckpoint(newest.path, specs);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const good = await findGood(places);
    const wayOut = good
      ? `The last good one is ${good.path}: remove or rename ${newest.path} to go on from there.`
      : "There is no older one that is whole: start again in another directory.";
    throw new CheckpointError(`${error.message}\n${wayOut}`, { cause: error });
  }
}

/** Reads one checkpoint. @throws as `loadLatestCheckpoint` */
export async function loadCheckpoint(
  path: string,
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Promise<Checkpoint> {
  const { step, numUpdates, data, recipe } = await verify(path);
  const weights = await readTensors(join(path, WEIGHTS));
  const expected = new Map(specs.map(({ name, shape }) => [name, { shape, dtype: "float32" as const }]));
  const found = [...weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  checkParameters(expected, found, { source: join(path, WEIGHTS) });
  const slots: Record<string, Map<string, Float32Array>> = {};
  for (const [name, { data }] of await readTensors(join(path, OPTIMIZER))) {
    const dot = name.indexOf(".");
    (slots[name.slice(0, dot)] ??= new Map()).set(name.slice(dot + 1), data);
  }
  const inOrder = new Map(specs.map(({ name }) => [name, weights.get(name) as Tensor<"float32">]));
  return { step, weights: inOrder, optimizerState: { numUpdates, slots }, data, recipe };
}

/** Reads the state and compares all files with their checksums. */
async function verify(path: string): Promise<StoredState> {
  const broken = (what: string) => new CheckpointError(`the checkpoint ${path} is damaged: ${what}.`);
  const text = await readFile(join(path, STATE), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw broken(`${STATE} cannot be read (${error.code})`);
  });
  let stored: { checksum: string; state: StoredState };
  try {
    stored = JSON.parse(text);
    if (stored.checksum !== sha256(JSON.stringify(stored.state))) throw new Error("it does not fit its checksum");
  } catch (error) {
    throw broken(`${STATE}: ${(error as Error).message}`);
  }
  const { state } = stored;
  if (state.format !== FORMAT) {
    throw new CheckpointError(
      `${path} has format ${state.format}, this software reads ${FORMAT}: use the version that wrote it.`,
    );
  }
  for (const [name, checksum] of Object.entries(state.checksums)) {
    const found = await checksumOf(join(path, name)).catch((error: NodeJS.ErrnoException) => {
      throw broken(`${name} cannot be read (${error.code})`);
    });
    if (found !== checksum) throw broken(`${name} does not fit its checksum`);
  }
  return state;
}

async function findGood(places: CheckpointPlace[]): Promise<CheckpointPlace | undefined> {
  for (const place of places.reverse()) {
    const isGood = await verify(place.path).then(
      () => true,
      () => false,
    );
    if (isGood) return place;
  }
  return undefined;
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "r");
  for await (const chunk of handle.createReadStream()) hash.update(chunk);
  return hash.digest("hex");
}

async function readTensors(path: string): Promise<Map<string, Tensor<"float32">>> {
  const file = await openTensorFile(path);
  try {
    const tensors = new Map<string, Tensor<"float32">>();
    for (const name of file.names) tensors.set(name, await file.readAs(name, "float32"));
    return tensors;
  } finally {
    await file.close();
  }
}

/** The optimizer's arrays as tensors named `SLOT.PARAMETER`, in the shape of their parameter where they have as many elements. */
function* slotTensors({ slots }: OptimizerState, weights: Weights): Generator<[string, Tensor]> {
  for (const [slot, arrays] of Object.entries(slots) as [string, Arrays][]) {
    for (const [name, data] of arrays) {
      const parameter = weights.get(name);
      const shape = parameter?.data.length === data.length ? parameter.shape : [data.length];
      yield [`${slot}.${name}`, tensor("float32", shape, data)];
    }
  }
}

/** Puts a directory in the place of another, which may be there from an earlier save of the same step. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  await syncDirectory(from);
  await removeCheckpoint(to);
  await rename(from, to);
  await syncDirectory(join(to, ".."));
}

/** Renames before removing, so that no half of a checkpoint is ever seen under its name. */
async function removeCheckpoint(path: string): Promise<void> {
  const doomed = join(path, "..", `.${basename(path)}.removed`);
  await rm(doomed, { recursive: true, force: true });
  try {
    await rename(path, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(doomed, { recursive: true, force: true });
}

/** Removes what a killed process has left. */
async function removeTemporary(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (TEMPORARY.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

function* hashed(chunks: Iterable<Uint8Array>, hash: ReturnType<typeof createHash>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
