/**
 * The lookup-free quantizer of the image tokenizer (MAGVIT-v2, arXiv 2310.05737): every bit of a code is the sign of one channel. Functions
 * over symbolic tensors, with the losses that it is trained by.
 *
 * Letters: B pictures, K bits of a code, h and w places of the grid, N = B·h·w.
 */
import { tensor } from "../array/tensor.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";

/** Each channel as −1 or 1; the gradient passes straight through. */
export function quantize(latent: Symbolic): Symbolic {
  const signs = op.where(op.less(op.scalar(0), latent), op.scalar(1), op.scalar(-1));
  return op.add(latent, op.stopGradient(op.sub(signs, latent)));
}

/** Codes [B, h·w] (int32) of channels [B, K, h, w]: positive channels are ones, the first the most significant. */
export function codesOf(latent: Symbolic): Symbolic {
  const [B, K, h, w] = latent.shape;
  const isOne = op.cast(op.less(op.scalar(0), latent), "float32");
  const codes = op.sum(op.mul(isOne, op.constant(bitValues(Number(K)))), 1);
  return op.cast(op.reshape(codes, [B, Number(h) * Number(w)]), "int32");
}

/** Quantized channels [B, K, h, w] of codes [B, h·w] (int32). */
export function channelsOf(codes: Symbolic, codeBits: number, h: number, w: number): Symbolic {
  const scaled = op.div(
    op.cast(op.reshape(codes, [codes.shape[0], 1, h, w]), "float32"),
    op.constant(bitValues(codeBits)),
  );
  const bits = op.floor(scaled); // the bit is the lowest of this
  const isOne = op.sub(bits, op.mul(op.floor(op.mul(bits, 0.5)), 2));
  return op.sub(op.mul(isOne, 2), 1);
}

/**
 * The quantizer's training losses, as scalars without their weights: the released two (facts: weights 0.1, β 0.25), and the negative entropy
 * of the codebook's use over the batch, in nats. Bits that are each as often 1 as 0 can still go together; only the latter sees that.
 */
export function quantizerLosses(latent: Symbolic): Record<"commitment" | "entropy" | "codebook", Symbolic> {
  const beta = 0.25;
  const quantized = quantize(latent);
  const commitment = op.add(
    op.meanAll(op.square(op.sub(op.stopGradient(quantized), latent))),
    op.mul(op.meanAll(op.square(op.sub(quantized, op.stopGradient(latent)))), beta),
  );
  // A bit is 1 with probability σ(4z): the two squared distances to ±1 as logits.
  const probability = op.sigmoid(op.mul(latent, 4));
  const entropyOfBit = op.meanAll(binaryEntropy(probability));
  const entropyOfMean = op.meanAll(binaryEntropy(op.mean(probability, [0, 2, 3])));
  return { commitment, entropy: op.sub(entropyOfBit, entropyOfMean), codebook: op.neg(codebookEntropy(latent)) };
}

/**
 * Mean squared amount by which the channels of a decoded picture, `again`, miss ±1 on the side of the bits that it was decoded from, a scalar.
 * Where two pictures are equally far in pixels, as a small square and a small circle nearly are, the codes tell which one was meant.
 */
export function reencodingLoss(quantized: Symbolic, again: Symbolic): Symbolic {
  const agreement = op.mul(op.stopGradient(quantized), again);
  return op.meanAll(op.square(op.maximum(op.sub(1, agreement), 0)));
}

/**
 * The entropy of the mean distribution over all 2^K codes. A place's distribution is the product of those of its high and its low bits, so
 * the mean over N places is one matrix product [2^(K/2), N] · [N, 2^(K/2)].
 */
function codebookEntropy(latent: Symbolic): Symbolic {
  const K = Number(latent.shape[1]);
  const places = op.flatten(op.transpose(latent, [0, 2, 3, 1]), 0, 2); // [N, K]
  const wordsOf = (start: number, end: number) => {
    const bits = op.mul(op.slice(places, 1, start, end), 4);
    const logOf = (x: Symbolic) => op.log(op.maximum(op.sigmoid(x), 1e-7));
    const [ones, zeros] = bitsOfWords(end - start);
    return op.exp(op.add(op.matmul(logOf(bits), ones), op.matmul(logOf(op.neg(bits)), zeros))); // [N, 2^bits]
  };
  const half = Math.floor(K / 2);
  const joint = op.matmul(wordsOf(0, half), wordsOf(half, K), { transposeA: true });
  const share = op.div(joint, op.sumAll(joint));
  return op.neg(op.sumAll(op.mul(share, op.log(op.maximum(share, 1e-9)))));
}

/** For all words of so many bits [bits, 2^bits]: 1 where a bit is 1, and 1 where it is 0. */
function bitsOfWords(numBits: number): [Symbolic, Symbolic] {
  const numWords = 2 ** numBits;
  const isOne = Float32Array.from(
    { length: numBits * numWords },
    (_, i) => ((i % numWords) >> Math.floor(i / numWords)) & 1,
  );
  const shape = [numBits, numWords];
  return [
    op.constant(tensor("float32", shape, isOne)),
    op.constant(
      tensor(
        "float32",
        shape,
        isOne.map((bit) => 1 - bit),
      ),
    ),
  ];
}

function binaryEntropy(p: Symbolic): Symbolic {
  const tiny = 1e-7;
  const term = (q: Symbolic) => op.mul(q, op.log(op.maximum(q, tiny)));
  return op.neg(op.add(term(p), term(op.sub(1, p))));
}

/** 2^(K−1), …, 2, 1 as [1, K, 1, 1]. */
function bitValues(codeBits: number) {
  return tensor(
    "float32",
    [1, codeBits, 1, 1],
    Float32Array.from({ length: codeBits }, (_, i) => 2 ** (codeBits - 1 - i)),
  );
}
