/**
 * A wider transformer that computes what a narrow one does, to go on training from (after Net2Net, Chen et al. 2016, arXiv 1511.05641). New
 * channels of the residual stream and of heads say nothing yet: what would write to them is zero, what reads them is as in a fresh network.
 *
 * Heads stay as many and become wider, and with them the rotary embedding's list of frequencies, which may get another base: each pair of
 * a head's channels moves to the frequency nearest to its own, and the frequencies between are new ones to attend by. A base of
 * 10^(20/8) at 20 pairs, say, has all the frequencies of 10^4 at 16 that turn within a few hundred places, and others between them.
 */
import { createRandom, type Random } from "../array/random.js";
import { type Tensor, tensor } from "../array/tensor.js";
import { ConfigError, type TransformerConfig } from "./config.js";
import { initializeParameters, listParameters } from "./parameters.js";
import { type Linear, type Norm, type TransformerParameters, transformerParameters } from "./transformer.js";
import type { WeightMap } from "./weight-source.js";

/** Where an axis' old elements go. */
type Places = readonly number[];

/** How a weight of the narrow network becomes one of the wide: where its rows and columns go, times what, and what is new beside them. */
interface Widening {
  /** Left out: to where they were. */
  readonly rows?: Places;
  readonly columns?: Places;
  readonly scale?: number;
  readonly rest: "fresh" | number;
}

const KEPT = [
  ...(["numLayers", "numHeads", "numKeyValueHeads", "vocabularySize"] as const),
  ...(["hasBias", "hasQkvBias", "hasTiedEmbeddings", "hasScaledLogits"] as const),
  ...(["normParameters", "queryKeyNormParameters"] as const),
];

/**
 * Weights of `to` that compute what `weights` of `from` do, exactly but for rotary frequencies that `to` lacks and the ε of norms.
 * @throws ConfigError when the two differ in more than the width, the rotary base and the MLP's width, `to` is narrower, or a weight is missing
 */
export function widened(
  weights: WeightMap,
  from: TransformerConfig,
  to: TransformerConfig,
  rng: Random = createRandom(0),
): WeightMap {
  const other = KEPT.find((name) => from[name] !== to[name]);
  if (other) throw new ConfigError(`a wider model keeps its ${other}, ${from[other]}, but ${to[other]} is asked for`);
  if (to.width < from.width || to.mlpWidth < from.mlpWidth) {
    throw new ConfigError(
      `widths ${to.width} and ${to.mlpWidth} (MLP) are asked for, less than the model's ${from.width} and ${from.mlpWidth}`,
    );
  }
  if (from.normParameters === "none" || from.queryKeyNormParameters) {
    throw new ConfigError(
      "norms without weights, and norms of queries and keys, say something else of more elements: such a model cannot be widened",
    );
  }
  const rules = wideningRules(from, to);
  const specs = listParameters((make) => transformerParameters(to, make));
  return new Map(
    Array.from(initializeParameters(specs, rng), ([name, fresh]) => {
      const old = weights.get(name);
      if (!old) throw new ConfigError(`${name} is missing in the model that is to be wider`);
      return [name, placed(old, fresh, rules.get(name) as Widening)];
    }),
  );
}

/** By the name of each weight. */
function wideningRules(from: TransformerConfig, to: TransformerConfig): Map<string, Widening> {
  const names: TransformerParameters<string> = transformerParameters(to, (name) => name);
  const { turned, plain } = placesInHeads(from, to);
  // What a norm over more elements, of which the new are 0, takes away, and a head's division by more than before.
  const headScale = Math.sqrt(to.width / from.width);
  const rules = new Map<string, Widening>();
  const linear = ({ weight, bias }: Linear<string>, { columns, ...rule }: Widening) => {
    rules.set(weight, { ...rule, ...(columns ? { columns } : {}) });
    if (bias !== undefined) rules.set(bias, { ...rule, rest: 0 });
  };
  const norm = ({ weight, bias }: Norm<string>, scale = 1 / headScale) => {
    if (weight !== undefined) rules.set(weight, { scale, rest: scale });
    if (bias !== undefined) rules.set(bias, { scale: scale * headScale, rest: 0 });
  };
  rules.set(names.embedding, { rest: 0 });
  for (const block of names.blocks) {
    norm(block.attentionNorm);
    linear(block.query, { rows: turned(from.numHeads), scale: headScale, rest: "fresh" });
    linear(block.key, { rows: turned(from.numKeyValueHeads), rest: 0 });
    linear(block.value, { rows: plain(from.numKeyValueHeads), rest: "fresh" });
    linear(block.attentionOut, { columns: plain(from.numHeads), rest: 0 });
    norm(block.mlpNorm);
    linear(block.gate, { rest: "fresh" });
    linear(block.up, { rest: "fresh" });
    linear(block.down, { rest: 0 });
  }
  // The embedding as head has no scale of its own: what its logits are divided by is made up for ahead of it.
  const { head } = names;
  norm(names.finalNorm, !head && from.hasScaledLogits ? 1 : 1 / headScale);
  if (head) linear(head, { scale: from.hasScaledLogits ? headScale : 1, rest: "fresh" });
  return rules;
}

/** `old` put where it belongs in a weight of the shape of `fresh`. */
function placed(
  { shape: [numRows, numColumns = 1], data }: Tensor<"float32">,
  fresh: Tensor<"float32">,
  { rows, columns, scale = 1, rest }: Widening,
): Tensor<"float32"> {
  const wide = rest === "fresh" ? fresh.data.slice() : new Float32Array(fresh.data.length).fill(rest);
  const [, stride = 1] = fresh.shape;
  for (let row = 0; row < numRows; row++) {
    const at = (rows ? rows[row] : row) * stride;
    for (let column = 0; column < numColumns; column++)
      wide[at + (columns ? columns[column] : column)] = data[row * numColumns + column] * scale;
  }
  return tensor("float32", fresh.shape, wide);
}

/** Where the channels of heads go: those that are turned by their frequency, others (`plain`) to the beginning of their head. */
function placesInHeads(from: TransformerConfig, to: TransformerConfig) {
  const [narrow, wide] = [from, to].map(({ width, numHeads }) => width / numHeads);
  const half = narrow / 2;
  const pairs = nearest(frequencies(from), frequencies(to));
  const inHeads = (numHeads: number, placeInHead: (channel: number) => number): Places =>
    Array.from({ length: numHeads * narrow }, (_, i) => Math.floor(i / narrow) * wide + placeInHead(i % narrow));
  return {
    plain: (numHeads: number) => inHeads(numHeads, (channel) => channel),
    turned: (numHeads: number) =>
      inHeads(numHeads, (channel) => Math.floor(channel / half) * (wide / 2) + pairs[channel % half]),
  };
}

/** Radians a place by which each pair of a head's channels turns. */
function frequencies({ width, numHeads, ropeTheta }: TransformerConfig): number[] {
  const half = width / numHeads / 2;
  return Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half));
}

/** For each old frequency, the fastest first, the nearest of the new ones that are left: where none is as slow, the slowest. */
function nearest(old: readonly number[], available: readonly number[]): number[] {
  const free = new Set(available.keys());
  return old.map((frequency) => {
    const distance = (slot: number) => Math.abs(Math.log(available[slot] / frequency));
    const found = [...free].reduce((best, slot) => (distance(slot) < distance(best) ? slot : best));
    free.delete(found);
    return found;
  });
}
