/** A network from its directory in the Hugging Face layout: settings and weights, checked against each other. */

import { checkParameters } from "../weights/check-parameters.js";
import { readJson } from "../weights/json-files.js";
import { openModelWeights } from "../weights/model-weights.js";
import {
  type ImageTokenizerConfig,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "./config.js";
import { decoderParameters, encoderParameters, QUANTIZER_BUFFERS } from "./image-tokenizer.js";
import { listParameters, type ParameterMaker, type ParameterSpec } from "./parameters.js";
import { transformerParameters } from "./transformer.js";
import type { WeightMap } from "./weight-source.js";

export interface LoadedNetwork<Config> {
  readonly config: Config;
  readonly weights: WeightMap;
}

/** Every parameter of the image tokenizer: encoder and decoder. */
export function imageTokenizerParameters<P>(config: ImageTokenizerConfig, make: ParameterMaker<P>) {
  return { encoder: encoderParameters(config, make), decoder: decoderParameters(config, make) };
}

/**
 * The transformer of a model directory, as float32.
 * @throws ConfigError, SafetensorsError, ParameterError (one error listing all that is missing, unexpected or mis-shaped)
 */
export async function loadTransformer(directory: string): Promise<LoadedNetwork<TransformerConfig>> {
  const path = `${directory}/config.json`;
  const config = parseTransformerConfig(await readJson(path), path);
  const specs = listParameters((make) => transformerParameters(config, make));
  return { config, weights: await loadWeights(directory, specs) };
}

/** The image tokenizer of a model directory, as float32. @throws as `loadTransformer` */
export async function loadImageTokenizer(directory: string): Promise<LoadedNetwork<ImageTokenizerConfig>> {
  const path = `${directory}/config.json`;
  const config = parseImageTokenizerConfig(await readJson(path), path);
  const specs = listParameters((make) => imageTokenizerParameters(config, make));
  return { config, weights: await loadWeights(directory, specs, QUANTIZER_BUFFERS) };
}

async function loadWeights(
  directory: string,
  specs: readonly ParameterSpec[],
  ignore: RegExp[] = [],
): Promise<WeightMap> {
  const file = await openModelWeights(directory);
  try {
    const expected = new Map(specs.map((spec) => [spec.name, spec]));
    checkParameters(
      expected,
      file.names.map((name) => ({ name, ...file.info(name) })),
      { ignore, source: directory },
    );
    const weights: [string, Awaited<ReturnType<typeof file.readAs<"float32">>>][] = [];
    for (const { name } of specs) weights.push([name, await file.readAs(name, "float32")]);
    return new Map(weights);
  } finally {
    await file.close();
  }
}
