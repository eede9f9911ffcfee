/** A network from its directory in the Hugging Face layout: settings and weights, checked against each other. */
import { joinPath } from "#files";
import { checkParameters } from "../weights/check-parameters.js";
import { readJson } from "../weights/json-files.js";
import { openModelWeights } from "../weights/model-weights.js";
import type { TensorFile } from "../weights/tensor-file.js";
import {
  type ImageTokenizerConfig,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "./config.js";
import { decoderParameters, encoderParameters, QUANTIZER_BUFFERS } from "./image-tokenizer.js";
import { listParameters, type ParameterMaker, type ParameterSpec } from "./parameters.js";
import { HEAD_NAME, transformerParameters } from "./transformer.js";
import type { WeightMap } from "./weight-source.js";

/** A network whose weights are still in their files, which hold what the network needs, no more and no less. */
export interface OpenedNetwork<Config> {
  readonly config: Config;
  readonly specs: readonly ParameterSpec[];
  /** To be closed by whoever opened it. */
  readonly file: TensorFile;
}

/** A network as its files hold it. */
export interface LoadedNetwork<Config> {
  readonly config: Config;
  readonly weights: WeightMap;
}

/** How a network's files are read. */
export interface LoadNetworkOptions {
  /** Ends the loading between two tensors. */
  readonly signal?: AbortSignal;
}

/** PyTorch writes tied weights under both of their names. */
const TIED_HEAD = new RegExp(`^${HEAD_NAME}$`);

/** Every parameter of the image tokenizer: encoder and decoder. */
export function imageTokenizerParameters<P>(config: ImageTokenizerConfig, make: ParameterMaker<P>) {
  return { encoder: encoderParameters(config, make), decoder: decoderParameters(config, make) };
}

/**
 * Opens the transformer of a model directory.
 * @throws ConfigError, SafetensorsError, ParameterError (one error listing all that is missing, unexpected or mis-shaped)
 */
export async function openTransformer(directory: string): Promise<OpenedNetwork<TransformerConfig>> {
  const path = joinPath(directory, "config.json");
  const config = parseTransformerConfig(await readJson(path), path);
  const specs = listParameters((make) => transformerParameters(config, make));
  return { config, specs, file: await openChecked(directory, specs, config.hasTiedEmbeddings ? [TIED_HEAD] : []) };
}

/** Opens the image tokenizer of a directory. @throws as `openTransformer` */
export async function openImageTokenizer(directory: string): Promise<OpenedNetwork<ImageTokenizerConfig>> {
  const path = joinPath(directory, "config.json");
  const config = parseImageTokenizerConfig(await readJson(path), path);
  const specs = listParameters((make) => imageTokenizerParameters(config, make));
  return { config, specs, file: await openChecked(directory, specs, QUANTIZER_BUFFERS) };
}

/** The transformer of a model directory, as float32. @throws as `openTransformer` */
export async function loadTransformer(
  directory: string,
  options?: LoadNetworkOptions,
): Promise<LoadedNetwork<TransformerConfig>> {
  return readAll(await openTransformer(directory), options);
}

/** The image tokenizer of a model directory, as float32. @throws as `openTransformer` */
export async function loadImageTokenizer(
  directory: string,
  options?: LoadNetworkOptions,
): Promise<LoadedNetwork<ImageTokenizerConfig>> {
  return readAll(await openImageTokenizer(directory), options);
}

async function openChecked(
  directory: string,
  specs: readonly ParameterSpec[],
  ignore: readonly RegExp[],
): Promise<TensorFile> {
  const file = await openModelWeights(directory);
  try {
    const expected = new Map(specs.map((spec) => [spec.name, spec]));
    const found = file.names.map((name) => ({ name, ...file.info(name) }));
    checkParameters(expected, found, { ignore, source: directory });
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAll<Config>(
  { config, specs, file }: OpenedNetwork<Config>,
  { signal }: LoadNetworkOptions = {},
): Promise<LoadedNetwork<Config>> {
  try {
    const weights = new Map<string, Awaited<ReturnType<typeof file.readAs<"float32">>>>();
    for (const { name } of specs) {
      signal?.throwIfAborted();
      weights.set(name, await file.readAs(name, "float32"));
    }
    return { config, weights };
  } finally {
    await file.close();
  }
}
