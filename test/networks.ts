/** Both networks of a model directory on one backend: the numbers in which all backends must agree. For Node and for the browser page. */
import { createRandom, integer } from "../src/array/random.js";
import { createMaskPredictor } from "../src/diffusion/mask-predictor.js";
import { toPixelValues } from "../src/images/preprocess.js";
import { codesTensor, createImageCodec } from "../src/model/image-codec.js";
import { loadImageTokenizer, loadTransformer } from "../src/model/load-model.js";
import type { Backend } from "../src/runtime/backend.js";
import { batchRows, layoutText } from "../src/tokens/sequence.js";
import type { Vocabulary } from "../src/tokens/vocabulary.js";
import { squarePicture } from "./requests.js";

export interface NetworkNumbers {
  /** Logits [places, V] of two rows of different lengths, padding left out. */
  readonly logits: Float32Array;
  /** Codes of a picture. */
  readonly codes: Int32Array;
  /** Pixel values of codes that are the same everywhere. */
  readonly pixels: Float32Array;
}

/** A whole forward pass of the transformer, of the image encoder and of the image decoder. */
export async function computeNetworks(backend: Backend, directory: string): Promise<NetworkNumbers> {
  return { logits: await transformerLogits(backend, directory), ...(await throughTokenizer(backend, directory)) };
}

async function transformerLogits(backend: Backend, directory: string): Promise<Float32Array> {
  const { config, weights } = await loadTransformer(directory);
  const { vocabularySize: V, maskTokenId: mask, padTokenId: pad, eosTokenId: eos } = config;
  const rng = createRandom("rows");
  const vocabulary = { special: { mask, pad, eos, bos: eos } } as unknown as Vocabulary;
  const rows = [21, 9].map((length) =>
    layoutText(
      vocabulary,
      Array.from({ length }, () => (integer(rng, 3) === 0 ? mask : integer(rng, V))),
    ),
  );
  const predictor = createMaskPredictor(backend, config, { weights, areTrained: false });
  const batch = batchRows(vocabulary, rows);
  const { data } = await predictor.logits(batch);
  await predictor.dispose();
  const isReal = batch.segmentIds.data;
  return data.filter((_, i) => isReal[Math.floor(i / V)] === 1);
}

async function throughTokenizer(backend: Backend, directory: string) {
  const { config, weights } = await loadImageTokenizer(`${directory}/image-tokenizer`);
  const codec = createImageCodec(backend, config, { weights, areTrained: false });
  const picture = squarePicture(config.resolution, [220, 40, 40], 10, 20);
  const { data: codes } = await codec.encode(toPixelValues([picture]));
  const rng = createRandom("codes");
  const side = config.resolution / codec.downsampling;
  const given = codesTensor(Array.from({ length: side ** 2 }, () => integer(rng, 2 ** config.codeBits)));
  const { data: pixels } = await codec.decode(given, side, side);
  await codec.dispose();
  return { codes, pixels };
}
