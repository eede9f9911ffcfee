/**
 * Networks as standard ONNX files with their weights as external data, for any ONNX runtime in any language. Names and integer
 * types are those that exports of Hugging Face models have. Weights go from file to file, one tensor at a time.
 */
import { createDirectory, joinPath, writeFileAtomically } from "#files";
import { bytesOf, sizeOf } from "../array/tensor.js";
import { toOnnx } from "../graph/onnx.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import { downsamplingOf, type ImageTokenizerConfig, type TransformerConfig } from "./config.js";
import { decode, decoderParameters, encode, encoderParameters } from "./image-tokenizer.js";
import { type OpenedNetwork, openImageTokenizer, openTransformer } from "./load-model.js";
import { symbolicParameter } from "./parameters.js";
import { channelsOf, codesOf } from "./quantizer.js";
import { hiddenStates, logitsOf, transformerParameters } from "./transformer.js";
import { parameterNames } from "./weight-source.js";

type Outputs = Readonly<Record<string, Symbolic>>;

/** `input_ids`, `attention_mask` (1 = real) [B, T] int64 to `logits` [B, T, V] float32. */
function transformerGraph(config: TransformerConfig): Outputs {
  const row = (name: string) => op.cast(op.input(name, "int64", ["B", "T"]), "int32");
  const ids = row("input_ids");
  const segmentIds = row("attention_mask");
  const ones = op.cast(op.equal(ids, ids), "int32");
  const positions = op.sub(op.cumSum(ones, -1), ones);
  const parameters = transformerParameters(config, symbolicParameter);
  const hidden = hiddenStates(config, parameters, { ids, segmentIds, positions }); // [B·T, D]
  return { logits: op.reshape(logitsOf(config, parameters, hidden), ["B", "T", config.vocabularySize]) };
}

/** `pixel_values` [B, 3, side, side] in [−1, 1] to `codes` [B, n] int64. */
function imageEncoderGraph(config: ImageTokenizerConfig, side: number): Outputs {
  const pixels = op.input("pixel_values", "float32", ["B", 3, side, side]);
  const codes = codesOf(encode(config, encoderParameters(config, symbolicParameter), pixels));
  return { codes: op.cast(codes, "int64") };
}

/** `codes` [B, n] int64 of a square picture to `pixel_values` [B, 3, side, side]. */
function imageDecoderGraph(config: ImageTokenizerConfig, side: number): Outputs {
  const grid = side / downsamplingOf(config);
  const codes = op.cast(op.input("codes", "int64", ["B", grid * grid]), "int32");
  const channels = channelsOf(codes, config.codeBits, grid, grid);
  return { pixel_values: decode(config, decoderParameters(config, symbolicParameter), channels) };
}

export interface ExportOptions {
  /** Ends the export between two tensors; files begun are not left behind. */
  readonly signal?: AbortSignal;
}

/** A file that was written, beside its data. */
export interface ExportedFile {
  readonly path: string;
  readonly dataPath: string;
  readonly dataBytes: number;
}

/**
 * Writes `transformer.onnx` with `transformer.onnx.data` into a directory.
 * @throws as `openTransformer`; FileError when something cannot be written
 */
export async function exportTransformer(
  modelDirectory: string,
  output: string,
  options?: ExportOptions,
): Promise<ExportedFile> {
  const network = await openTransformer(modelDirectory);
  try {
    return await writeOnnx(network, transformerGraph(network.config), output, ONNX_FILES.transformer[0], options);
  } finally {
    await network.file.close();
  }
}

/**
 * Writes `image-encoder.onnx` and `image-decoder.onnx` with their data into a directory.
 * @param side pixels of a side of the pictures
 * @throws as `openImageTokenizer`; RangeError for a side that is no multiple of the pixels of a code
 */
export async function exportImageTokenizer(
  directory: string,
  output: string,
  side: number,
  options?: ExportOptions,
): Promise<ExportedFile[]> {
  const network = await openImageTokenizer(directory);
  const { config } = network;
  try {
    if (!(side > 0 && side % downsamplingOf(config) === 0)) {
      throw new RangeError(`the side must be a multiple of ${downsamplingOf(config)} pixels, got ${side}`);
    }
    return [
      await writeOnnx(network, imageEncoderGraph(config, side), output, ONNX_FILES.imageTokenizer[0], options),
      await writeOnnx(network, imageDecoderGraph(config, side), output, ONNX_FILES.imageTokenizer[1], options),
    ];
  } finally {
    await network.file.close();
  }
}

/** The files of each network, beside which their data stand. */
export const ONNX_FILES = {
  transformer: ["transformer.onnx"],
  imageTokenizer: ["image-encoder.onnx", "image-decoder.onnx"],
} as const;

/** Where tensors begin in the data: runtimes map them into memory by pages. */
const ALIGNMENT = 4096;

async function writeOnnx(
  { file, specs }: OpenedNetwork<unknown>,
  outputs: Outputs,
  directory: string,
  fileName: string,
  { signal }: ExportOptions = {},
): Promise<ExportedFile> {
  const location = `${fileName}.data`;
  const shapes = new Map(specs.map((spec) => [spec.name, spec.shape]));
  const places = new Map<string, { offset: number; length: number }>();
  let end = 0;
  for (const parameter of parameterNames(outputs)) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    const length = 4 * sizeOf(shapes.get(parameter) ?? []);
    places.set(parameter, { offset, length });
    end = offset + length;
  }
  const bytes = toOnnx(outputs, {
    name: fileName.replace(".onnx", ""),
    initializer: (parameter) => {
      const place = places.get(parameter);
      return place && { kind: "external", location, ...place };
    },
  });
  async function* data() {
    let written = 0;
    for (const [parameter, { offset, length }] of places) {
      signal?.throwIfAborted();
      yield new Uint8Array(offset - written);
      yield bytesOf(await file.readAs(parameter, "float32"));
      written = offset + length;
    }
  }
  await createDirectory(directory);
  const [path, dataPath] = [joinPath(directory, fileName), joinPath(directory, location)];
  await writeFileAtomically(dataPath, data());
  await writeFileAtomically(path, [bytes]);
  return { path, dataPath, dataBytes: end };
}
