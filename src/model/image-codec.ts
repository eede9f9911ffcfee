/**
 * The image tokenizer as two functions: pixel values to codes, and codes to pixel values. Graphs are compiled for the sizes that
 * are asked for; the few last used are kept. Knows nothing of picture files (`images/`) nor of token ids (`tokens/`).
 */
import { type Tensor, tensor } from "../array/tensor.js";
import { input } from "../graph/ops.js";
import type { Backend } from "../runtime/backend.js";
import { createComputationCache } from "./computation-cache.js";
import { downsamplingOf, type ImageTokenizerConfig } from "./config.js";
import { decode, decoderParameters, encode, encoderParameters } from "./image-tokenizer.js";
import { symbolicParameter } from "./parameters.js";
import { channelsOf, codesOf } from "./quantizer.js";
import { compileWithWeights, type WeightSource } from "./weight-source.js";

/** Compiled graphs that are kept: both directions of the usual size, and two for other sizes. Each holds its weights. */
const MAX_COMPILED = 4;

/** The image tokenizer, compiled: pixels to codes and back. */
export interface ImageCodec {
  readonly config: ImageTokenizerConfig;
  /** Pixels of a side for each code of a side. */
  readonly downsampling: number;
  /**
   * Codes [B, h·w] (int32), row by row from the top, of pixel values [B, 3, H, W] in [−1, 1]; h = H / downsampling.
   * @throws RangeError when the shape is another or the sides are no multiples of `downsampling`
   */
  encode(pixelValues: Tensor<"float32">): Promise<Tensor<"int32">>;
  /**
   * Pixel values [B, 3, h·downsampling, w·downsampling] of codes [B, h·w] (int32).
   * @throws RangeError when the shape is another, or a code is outside of the codebook
   */
  decode(codes: Tensor<"int32">, gridHeight: number, gridWidth: number): Promise<Tensor<"float32">>;
  /** Gives its memory back, once calls under way have ended. */
  dispose(): Promise<void>;
}

/** The image tokenizer on a backend. */
export function createImageCodec(backend: Backend, config: ImageTokenizerConfig, source: WeightSource): ImageCodec {
  const downsampling = downsamplingOf(config);
  const { codeBits } = config;
  const cache = createComputationCache(MAX_COMPILED, "the image tokenizer");

  const compileEncoder = (height: number, width: number) => {
    const pixels = input("pixels", "float32", ["B", 3, height, width]);
    const codes = codesOf(encode(config, encoderParameters(config, symbolicParameter), pixels));
    return compileWithWeights(backend, { codes }, source);
  };
  const compileDecoder = (h: number, w: number) => {
    const channels = channelsOf(input("codes", "int32", ["B", h * w]), codeBits, h, w);
    const pixels = decode(config, decoderParameters(config, symbolicParameter), channels);
    return compileWithWeights(backend, { pixels }, source);
  };

  return {
    config,
    downsampling,
    async encode(pixelValues) {
      const [B, channels, height, width] = pixelValues.shape;
      const isWhole = (side: number) => side > 0 && side % downsampling === 0;
      if (pixelValues.shape.length !== 4 || B < 1 || channels !== 3 || !isWhole(height) || !isWhole(width)) {
        throw new RangeError(
          `the image tokenizer takes pixel values [B, 3, H, W] of a picture or more with sides that are multiples of ${downsampling}, got [${pixelValues.shape}]`,
        );
      }
      const { codes } = await cache.use(
        `encode ${height}×${width}`,
        () => compileEncoder(height, width),
        (computation) => computation.run({ pixels: pixelValues }),
      );
      return codes as Tensor<"int32">;
    },
    async decode(codes, gridHeight, gridWidth) {
      checkCodes(codes, gridHeight, gridWidth, 2 ** codeBits);
      const { pixels } = await cache.use(
        `decode ${gridHeight}×${gridWidth}`,
        () => compileDecoder(gridHeight, gridWidth),
        (computation) => computation.run({ codes }),
      );
      return pixels as Tensor<"float32">;
    },
    dispose: () => cache.dispose(),
  };
}

function checkCodes({ shape, data }: Tensor<"int32">, h: number, w: number, codebookSize: number): void {
  if (shape.length !== 2 || shape[0] < 1 || shape[1] < 1 || shape[1] !== h * w) {
    throw new RangeError(`a grid of ${h}×${w} takes codes [B, ${h * w}] of a picture or more, got [${shape}]`);
  }
  const stray = data.find((code) => code < 0 || code >= codebookSize);
  if (stray !== undefined) throw new RangeError(`code ${stray} is outside of the codebook, 0 to ${codebookSize - 1}`);
}

/** Codes of one picture as a tensor [1, h·w]. */
export function codesTensor(codes: ArrayLike<number>): Tensor<"int32"> {
  return tensor("int32", [1, codes.length], Int32Array.from(codes));
}
