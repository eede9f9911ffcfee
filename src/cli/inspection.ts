/** What can be said of a model from its settings and the headers of its files, without loading its weights. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BYTES_PER_ELEMENT, type DType, sizeOf } from "../array/tensor.js";
import { downsamplingOf, type ImageTokenizerConfig, type TransformerConfig } from "../model/config.js";
import { type OpenedNetwork, openImageTokenizer, openTransformer } from "../model/load-model.js";
import { transformerParameters } from "../model/transformer.js";
import { COMPUTE_DTYPES } from "../tasks/model.js";
import { isTransformerConfig, type ModelFiles } from "../tasks/model-files.js";
import { gridOf, openModelText, type PictureConfig } from "../tasks/model-text.js";
import type { TaskDefaults } from "../tasks/task-defaults.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { readJson } from "../weights/json-files.js";

/** A network's settings and parameters. */
export interface NetworkReport<Config> {
  readonly config: Config;
  readonly numParameters: number;
  /** Parameters by part of the network. */
  readonly parts: Readonly<Record<string, number>>;
  /** Parameters by the dtype that the file holds them in. */
  readonly dtypes: Readonly<Partial<Record<DType, number>>>;
  readonly fileBytes: number;
  /** Of the weights alone, in float32. */
  readonly memoryBytes: number;
}

export interface ImageTokenizerReport extends NetworkReport<ImageTokenizerConfig> {
  /** Pixels of a side of the pictures, and codes of a side. */
  readonly pictureSide: number;
  readonly gridSide: number;
  readonly codebookSize: number;
}

export interface ModelReport {
  readonly files: ModelFiles;
  /** Absent for an image tokenizer that was asked about by itself; so are the next two. */
  readonly transformer?: NetworkReport<TransformerConfig>;
  readonly vocabulary?: Vocabulary;
  readonly defaults?: TaskDefaults;
  readonly imageTokenizer?: ImageTokenizerReport;
  readonly devices: readonly DeviceReport[];
}

export interface DeviceReport {
  readonly device: string;
  /** What it computes in; none when it does not work. */
  readonly dtypes: readonly string[];
  /** Why it does not work. */
  readonly fault?: string;
}

/** A GPU computed on a busy CPU takes its time. */
const PROBE_TIMEOUT_MS = 60_000;

/** @throws as loading the model would, for everything but the values of its weights; the signal's reason when it is aborted */
export async function inspectModel(files: ModelFiles, signal?: AbortSignal): Promise<ModelReport> {
  const { directory } = files;
  const configJson = (await readJson(`${directory}/config.json`)) as PictureConfig;
  const devices = await inspectDevices(signal);
  if (!isTransformerConfig(configJson)) {
    return { files, imageTokenizer: await inspectImageTokenizer(directory, {}), devices };
  }
  const opened = await openTransformer(directory);
  const transformer = await reportOf(opened, transformerParts(opened.config));
  const imageTokenizer =
    files.imageTokenizer === undefined ? undefined : await inspectImageTokenizer(files.imageTokenizer, configJson);
  const { vocabulary, defaults } = await openModelText(directory, { imageTokenizer: files.imageTokenizer });
  return { files, transformer, vocabulary, imageTokenizer, defaults, devices };
}

async function inspectImageTokenizer(directory: string, model: PictureConfig): Promise<ImageTokenizerReport> {
  const report = await reportOf(await openImageTokenizer(directory), (name) => name.split(".")[0]);
  const gridSide = gridOf(model, report.config);
  const pictureSide = gridSide * downsamplingOf(report.config);
  return { ...report, pictureSide, gridSide, codebookSize: 2 ** report.config.codeBits };
}

function transformerParts(config: TransformerConfig): (name: string) => string {
  const { embedding, finalNorm, head } = transformerParameters(config, (name) => name);
  const heads: unknown[] = Object.values(head ?? {});
  const finalNorms: unknown[] = Object.values(finalNorm);
  return (name) => {
    if (name === embedding) return "embedding";
    if (heads.includes(name)) return "output head";
    return finalNorms.includes(name) ? "final norm" : "layers";
  };
}

async function reportOf<Config>(
  { config, specs, file }: OpenedNetwork<Config>,
  partOf: (name: string) => string,
): Promise<NetworkReport<Config>> {
  const parts: Record<string, number> = {};
  const dtypes: Partial<Record<DType, number>> = {};
  let [numParameters, fileBytes] = [0, 0];
  for (const { name, shape } of specs) {
    const { dtype } = file.info(name);
    const size = sizeOf(shape);
    parts[partOf(name)] = (parts[partOf(name)] ?? 0) + size;
    dtypes[dtype] = (dtypes[dtype] ?? 0) + size;
    numParameters += size;
    fileBytes += size * BYTES_PER_ELEMENT[dtype];
  }
  await file.close();
  return { config, numParameters, parts, dtypes, fileBytes, memoryBytes: numParameters * BYTES_PER_ELEMENT.float32 };
}

/**
 * Tries each device: what a machine's drivers and libraries are good for can only be found out so.
 * @throws the signal's reason when it is aborted
 */
export function inspectDevices(signal?: AbortSignal): Promise<DeviceReport[]> {
  return Promise.all(
    (["cpu", "webgpu", "cuda"] as const).map(async (device) => {
      const fault = await probe(device, signal);
      return fault === undefined ? { device, dtypes: COMPUTE_DTYPES } : { device, dtypes: [], fault };
    }),
  );
}

async function probe(device: string, signal?: AbortSignal): Promise<string | undefined> {
  const script = fileURLToPath(new URL("./probe-device.js", import.meta.url));
  try {
    const options = { timeout: PROBE_TIMEOUT_MS, signal };
    const { stdout } = await promisify(execFile)(process.execPath, [script, device], options);
    return (JSON.parse(stdout) as { fault?: string }).fault;
  } catch (error) {
    signal?.throwIfAborted();
    const { signal: name, code, killed } = error as { signal?: string; code?: unknown; killed?: boolean };
    return killed ? `no answer in ${PROBE_TIMEOUT_MS / 1000} s` : `it crashed (${name ?? code})`;
  }
}
