/**
 * The networks of the image tokenizer (MAGVIT-v2, arXiv 2310.05737): a convolutional encoder and a decoder, as functions over symbolic
 * tensors. What stands between them is in `quantizer.ts`.
 *
 * Letters: B pictures, C channels, H and W pixels of a side (or, inside, places of the feature grid), K bits of a code.
 */
import type { Dim } from "../graph/dims.js";
import * as op from "../graph/ops.js";
import type { Padding, Symbolic } from "../graph/symbolic.js";
import type { ImageTokenizerConfig } from "./config.js";
import type { ParameterMaker } from "./parameters.js";

interface Layer<P> {
  readonly weight: P;
  readonly bias: P;
}

interface ResidualBlock<P> {
  readonly norm1: Layer<P>;
  readonly conv1: Layer<P>;
  readonly norm2: Layer<P>;
  readonly conv2: Layer<P>;
  /** Where the number of channels changes. */
  readonly shortcut?: Layer<P>;
}

interface AttentionBlock<P> {
  readonly norm: Layer<P>;
  readonly query: Layer<P>;
  readonly key: Layer<P>;
  readonly value: Layer<P>;
  readonly out: Layer<P>;
}

interface Middle<P> {
  readonly block1: ResidualBlock<P>;
  /** Absent where no place looks at another. */
  readonly attention?: AttentionBlock<P>;
  readonly block2: ResidualBlock<P>;
}

interface Level<P> {
  readonly blocks: readonly ResidualBlock<P>[];
  /** The convolution that halves or doubles the sides, absent at the last level. */
  readonly resample?: Layer<P>;
}

export interface EncoderParameters<P> {
  readonly convIn: Layer<P>;
  readonly levels: readonly Level<P>[];
  readonly middle: Middle<P>;
  readonly normOut: Layer<P>;
  readonly convOut: Layer<P>;
  readonly quantConv: Layer<P>;
}

export interface DecoderParameters<P> {
  readonly postQuantConv: Layer<P>;
  readonly convIn: Layer<P>;
  readonly middle: Middle<P>;
  /** In the order of their numbers on disk: the one of full resolution first. */
  readonly levels: readonly Level<P>[];
  readonly normOut: Layer<P>;
  readonly convOut: Layer<P>;
}

const GROUPS = 32;
const EPSILON = 1e-6;

/**
 * Makers of the tokenizer's layers, with PyTorch's default initialization of convolutions.
 * @param isLocal blocks look at one place at a time: kernels of 1, no attention
 */
function layers<P>(make: ParameterMaker<P>, isLocal = false) {
  const kernel = isLocal ? 1 : 3;
  const conv = (name: string, outputs: number, inputs: number, kernel: number): Layer<P> => {
    const bound = 1 / Math.sqrt(inputs * kernel * kernel);
    return {
      weight: make(`${name}.weight`, [outputs, inputs, kernel, kernel], { kind: "uniform", bound }),
      bias: make(`${name}.bias`, [outputs], { kind: "uniform", bound }),
    };
  };
  const norm = (name: string, channels: number): Layer<P> => ({
    weight: make(`${name}.weight`, [channels], { kind: "constant", value: 1 }),
    bias: make(`${name}.bias`, [channels], { kind: "constant", value: 0 }),
  });
  const residual = (name: string, inputs: number, outputs: number): ResidualBlock<P> => ({
    norm1: norm(`${name}.norm1`, inputs),
    conv1: conv(`${name}.conv1`, outputs, inputs, kernel),
    norm2: norm(`${name}.norm2`, outputs),
    conv2: conv(`${name}.conv2`, outputs, outputs, kernel),
    ...(inputs === outputs ? {} : { shortcut: conv(`${name}.nin_shortcut`, outputs, inputs, 1) }),
  });
  const attention = (name: string, channels: number): AttentionBlock<P> => ({
    norm: norm(`${name}.norm`, channels),
    query: conv(`${name}.q`, channels, channels, 1),
    key: conv(`${name}.k`, channels, channels, 1),
    value: conv(`${name}.v`, channels, channels, 1),
    out: conv(`${name}.proj_out`, channels, channels, 1),
  });
  const middle = (name: string, channels: number): Middle<P> => ({
    block1: residual(`${name}.block_1`, channels, channels),
    ...(isLocal ? {} : { attention: attention(`${name}.attn_1`, channels) }),
    block2: residual(`${name}.block_2`, channels, channels),
  });
  const blocks = (name: string, count: number, inputs: number, outputs: number): ResidualBlock<P>[] =>
    Array.from({ length: count }, (_, i) => residual(`${name}.block.${i}`, i === 0 ? inputs : outputs, outputs));
  return { conv, norm, middle, blocks, kernel };
}

/** The encoder's parameters, with their names on disk. */
export function encoderParameters<P>(config: ImageTokenizerConfig, make: ParameterMaker<P>): EncoderParameters<P> {
  const { channels, encoderMultipliers, encoderBlocks, codeBits, patchSize, isEncoderLocal } = config;
  const { conv, norm, middle, blocks, kernel } = layers(make, isEncoderLocal);
  const widths = encoderMultipliers.map((multiplier) => multiplier * channels);
  const last = widths[widths.length - 1];
  return {
    convIn: conv("encoder.conv_in", channels, 3 * patchSize ** 2, 3),
    levels: widths.map((width, i) => ({
      blocks: blocks(`encoder.down.${i}`, encoderBlocks[i], i === 0 ? channels : widths[i - 1], width),
      ...(i < widths.length - 1 ? { resample: conv(`encoder.down.${i}.downsample.conv`, width, width, 3) } : {}),
    })),
    middle: middle("encoder.mid", last),
    normOut: norm("encoder.norm_out", last),
    convOut: conv("encoder.conv_out", codeBits, last, kernel),
    quantConv: conv("encoder.quant_conv", codeBits, codeBits, 1),
  };
}

/** The decoder's parameters, with their names on disk. */
export function decoderParameters<P>(config: ImageTokenizerConfig, make: ParameterMaker<P>): DecoderParameters<P> {
  const { conv, norm, middle, blocks } = layers(make);
  const { channels, decoderMultipliers, decoderBlocks, codeBits, patchSize } = config;
  const widths = decoderMultipliers.map((multiplier) => multiplier * channels);
  const widest = widths[widths.length - 1];
  return {
    postQuantConv: conv("decoder.post_quant_conv", codeBits, codeBits, 1),
    convIn: conv("decoder.conv_in", widest, codeBits, 3),
    middle: middle("decoder.mid", widest),
    levels: widths.map((width, i) => ({
      blocks: blocks(`decoder.up.${i}`, decoderBlocks[i], widths[i + 1] ?? widest, width),
      ...(i > 0 ? { resample: conv(`decoder.up.${i}.upsample.conv`, width, width, 3) } : {}),
    })),
    normOut: norm("decoder.norm_out", widths[0]),
    convOut: conv("decoder.conv_out", 3 * patchSize ** 2, widths[0], 3),
  };
}

/** Buffers that the released files hold beside the parameters; they follow from the number of bits. */
export const QUANTIZER_BUFFERS = [/^quantize\./];

/** The channels before quantization [B, K, H/f, W/f] of pictures [B, 3, H, W] in [−1, 1]. */
export function encode(
  config: ImageTokenizerConfig,
  parameters: EncoderParameters<Symbolic>,
  pixels: Symbolic,
): Symbolic {
  const norm = config.isEncoderLocal ? placeNorm : groupNorm;
  let h = conv(patchesOf(pixels, config.patchSize), parameters.convIn);
  for (const { blocks, resample } of parameters.levels) {
    h = blocks.reduce((x, block) => residual(x, block, norm), h);
    if (resample) h = conv(h, resample, { stride: 2, padding: [0, 0, 1, 1] });
  }
  h = middle(h, parameters.middle, norm);
  h = conv(op.silu(norm(h, parameters.normOut)), parameters.convOut);
  return conv(h, parameters.quantConv);
}

/** Pictures [B, 3, H, W] from quantized channels [B, K, h, w]. */
export function decode(
  config: ImageTokenizerConfig,
  parameters: DecoderParameters<Symbolic>,
  quantized: Symbolic,
): Symbolic {
  let h = conv(conv(quantized, parameters.postQuantConv), parameters.convIn);
  h = middle(h, parameters.middle);
  for (const { blocks, resample } of [...parameters.levels].reverse()) {
    h = blocks.reduce((x, block) => residual(x, block), h);
    if (resample) h = conv(op.upsample(h, 2), resample);
  }
  return pixelsOf(conv(op.silu(groupNorm(h, parameters.normOut)), parameters.convOut), config.patchSize);
}

/** Each patch of p × p pixels as one place of 3p² channels: [B, 3, H, W] → [B, 3p², H/p, W/p]. */
function patchesOf(pixels: Symbolic, p: number): Symbolic {
  if (p === 1) return pixels;
  const [B, C, H, W] = pixels.shape.map((dim, i) => (i === 0 ? dim : Number(dim))) as [Dim, number, number, number];
  const split = op.transpose(op.reshape(pixels, [B, C, H / p, p, W / p, p]), [0, 1, 3, 5, 2, 4]);
  return op.reshape(split, [B, C * p * p, H / p, W / p]);
}

/** The inverse of `patchesOf`. */
function pixelsOf(patches: Symbolic, p: number): Symbolic {
  if (p === 1) return patches;
  const [B, C, h, w] = patches.shape.map((dim, i) => (i === 0 ? dim : Number(dim))) as [Dim, number, number, number];
  const split = op.transpose(op.reshape(patches, [B, C / (p * p), p, p, h, w]), [0, 1, 4, 2, 5, 3]);
  return op.reshape(split, [B, C / (p * p), h * p, w * p]);
}

function product(h: Dim, w: Dim): number {
  return Number(h) * Number(w);
}

function conv(
  x: Symbolic,
  { weight, bias }: Layer<Symbolic>,
  options: { stride?: number; padding?: Padding } = {},
): Symbolic {
  const kernel = Number(weight.shape[2]);
  const y = op.conv2d(x, weight, { padding: (kernel - 1) / 2, ...options });
  return op.add(y, op.reshape(bias, [1, weight.shape[0], 1, 1]));
}

/** Normalization over groups of channels, then a scale and a shift for each channel. */
function groupNorm(x: Symbolic, { weight, bias }: Layer<Symbolic>): Symbolic {
  const [B, C, H, W] = x.shape;
  const groups = op.reshape(x, [B, GROUPS, (Number(C) / GROUPS) * product(H, W)]);
  const centered = op.sub(groups, op.mean(groups, -1));
  const scale = op.div(1, op.sqrt(op.add(op.mean(op.square(centered), -1), EPSILON)));
  const normalized = op.reshape(op.mul(centered, scale), x.shape);
  return op.add(op.mul(normalized, op.reshape(weight, [1, C, 1, 1])), op.reshape(bias, [1, C, 1, 1]));
}

/** Normalization of each place by itself over all of its channels, then a scale and a shift for each channel. */
function placeNorm(x: Symbolic, { weight, bias }: Layer<Symbolic>): Symbolic {
  const channels = weight.shape[0];
  const centered = op.sub(x, op.mean(x, 1));
  const scale = op.div(1, op.sqrt(op.add(op.mean(op.square(centered), 1), EPSILON)));
  const normalized = op.mul(centered, scale);
  return op.add(op.mul(normalized, op.reshape(weight, [1, channels, 1, 1])), op.reshape(bias, [1, channels, 1, 1]));
}

function residual(x: Symbolic, block: ResidualBlock<Symbolic>, norm = groupNorm): Symbolic {
  const h = conv(op.silu(norm(x, block.norm1)), block.conv1);
  const y = conv(op.silu(norm(h, block.norm2)), block.conv2);
  return op.add(block.shortcut ? conv(x, block.shortcut) : x, y);
}

/** Attention of one head among all places of the grid. */
function attention(x: Symbolic, block: AttentionBlock<Symbolic>): Symbolic {
  const [B, C, H, W] = x.shape;
  const normalized = groupNorm(x, block.norm);
  const flat = (layer: Layer<Symbolic>) => op.reshape(conv(normalized, layer), [B, C, product(H, W)]);
  const scores = op.matmul(flat(block.query), flat(block.key), { transposeA: true }); // [B, query, key]
  const weights = op.softmax(op.mul(scores, 1 / Math.sqrt(Number(C))));
  const mixed = op.matmul(flat(block.value), weights, { transposeB: true }); // [B, C, query]
  return op.add(x, conv(op.reshape(mixed, x.shape), block.out));
}

function middle(x: Symbolic, { block1, attention: block, block2 }: Middle<Symbolic>, norm = groupNorm): Symbolic {
  const h = residual(x, block1, norm);
  return residual(block ? attention(h, block) : h, block2, norm);
}
