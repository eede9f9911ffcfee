/** How a token is drawn, and how sure the network is of it: on given logits, against probabilities worked out by hand. */
import { afterAll, describe, expect, test } from "vitest";
import { createRandom, normal } from "../array/random.js";
import { tensor, vector } from "../array/tensor.js";
import { compileGraph } from "../graph/compile.js";
import * as op from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import type { TransformerConfig } from "../model/config.js";
import type { TransformerParameters, VocabularyRange } from "../model/transformer.js";
import type { Executable } from "../runtime/backend.js";
import { openBackend } from "../runtime/backends-node.js";
import { proposals } from "./proposals.js";

const backend = await openBackend("cpu");
const compiled: Executable[] = [];
afterAll(() => Promise.all(compiled.map((graph) => graph.dispose())));

/** A place: its logits over the whole vocabulary, and what its token is drawn with. */
interface Place {
  readonly logits: readonly number[];
  readonly temperature?: number;
  readonly uniform?: number;
}

/** A head whose rows are unit vectors: hidden states are the logits of a vocabulary of `size`, of which `range` may be drawn. */
async function compileHead(size: number, range: VocabularyRange = { start: 0, end: size }) {
  const unit = Float32Array.from({ length: size ** 2 }, (_, i) => Number(i % (size + 1) === 0));
  const weight = op.constant(tensor("float32", [size, size], unit));
  const parameters = { head: { weight } } as TransformerParameters<Symbolic>;
  const hidden = op.input("hidden", "float32", ["P", size]);
  const config = { hasScaledLogits: false } as TransformerConfig;
  const graph = await compileGraph(backend, { ...proposals(config, parameters, hidden, range, "inverse") });
  compiled.push(graph);
  return async (places: readonly Place[]) => {
    const results = await graph.run({
      hidden: tensor("float32", [places.length, size], Float32Array.from(places.flatMap(({ logits }) => logits))),
      temperatures: vector(
        "float32",
        places.map(({ temperature = 1 }) => temperature),
      ),
      uniforms: vector(
        "float32",
        places.map(({ uniform = 0.5 }) => uniform),
      ),
    });
    const numbers = (name: string) => Array.from(results[name].data as Float32Array);
    return {
      candidates: numbers("candidates"),
      logProbs: numbers("logProbs"),
      margins: numbers("margins"),
      entropies: numbers("entropies"),
    };
  };
}

/** The least and the most that a uniform of the sampler is. */
const [LEAST, MOST] = [2 ** -24, 1 - 2 ** -24];

const propose = await compileHead(7, { start: 2, end: 6 });

describe("a candidate is drawn from softmax(logits / T), one uniform a place", () => {
  // p at T = 1: 0.1, 0.4, 0.2, 0.3.
  const logits = [1, 4, 2, 3].map(Math.log);
  // Of seven columns 2 to 5 may be drawn; what stands before and behind them is far likelier.
  const all = [50, 60, ...logits, 70];
  const numPoints = 1000;
  const grid = Array.from({ length: numPoints }, (_, i) => (i + 0.5) / numPoints);

  test.each([
    // p² and √p, over their sums: 1 + 16 + 4 + 9, and 1 + 2 + √2 + √3.
    { temperature: 0.5, shares: [1 / 30, 16 / 30, 4 / 30, 9 / 30] },
    { temperature: 1, shares: [0.1, 0.4, 0.2, 0.3] },
    { temperature: 2, shares: [1, 2, Math.SQRT2, Math.sqrt(3)].map((root) => root / (3 + Math.SQRT2 + Math.sqrt(3))) },
  ])("T = $temperature", async ({ temperature, shares }) => {
    const { candidates, logProbs } = await propose(grid.map((uniform) => ({ logits: all, temperature, uniform })));
    // Columns lie one after another in (0, 1), each as wide as it is likely: of evenly spaced points it has that share but for one.
    expect(candidates).toEqual(candidates.toSorted((a, b) => a - b));
    for (const [column, share] of shares.entries()) {
      const count = candidates.filter((candidate) => candidate === column).length;
      expect(Math.abs(count - share * numPoints), `column ${column}: ${count}`).toBeLessThan(1.001);
    }
    // However it was drawn, it is told how likely the network itself has it.
    for (const [i, column] of candidates.entries())
      expect(Math.exp(logProbs[i])).toBeCloseTo([0.1, 0.4, 0.2, 0.3][column], 5);
  });

  test("temperatures are each place's own, and 0 takes the best whatever the uniform", async () => {
    const uniforms = [LEAST, 0.2, 0.9, MOST];
    const { candidates } = await propose(
      uniforms.flatMap((uniform) => [0, 0.5, 2].map((temperature) => ({ logits: all, temperature, uniform }))),
    );
    // Sums at 0.5: 0.033, 0.567, 0.7, 1; at 2: 0.163, 0.488, 0.718, 1.
    expect(candidates).toEqual([1, 0, 0, 1, 1, 1, 1, 3, 3, 1, 3, 3]);
    // However little it is better.
    const close = [50, 60, 1, 1.00001, 1, 1, 70];
    const atNone = await propose(uniforms.map((uniform) => ({ logits: close, temperature: 0, uniform })));
    expect(atNone.candidates).toEqual([1, 1, 1, 1]);
  });

  test("next to 0 and 1 nothing is drawn that has no chance", async () => {
    const [numHopeless, numLikely] = [8, 1000];
    const size = numLikely + 2 * numHopeless;
    const proposeMany = await compileHead(size);
    const rng = createRandom(3);
    const hopeless = Array<number>(numHopeless).fill(-1e4);
    // Sums of a thousand shares in float32 end here below 1, there above.
    const rows = Array.from({ length: 16 }, () => [
      ...hopeless,
      ...Array.from({ length: numLikely }, () => normal(rng)),
      ...hopeless,
    ]);
    for (const uniform of [LEAST, MOST]) {
      const { candidates } = await proposeMany(rows.map((row) => ({ logits: row, uniform })));
      // Shares are about a thousandth each, so that the first and the last that have any are drawn, but for rounding.
      for (const candidate of candidates) {
        const fromEnd = uniform === LEAST ? candidate - numHopeless : size - 1 - numHopeless - candidate;
        expect(fromEnd).toBeGreaterThanOrEqual(0);
        expect(fromEnd).toBeLessThan(3);
      }
    }
  });
});

test("margin and entropy are those of the network itself, at temperature 1, whatever is drawn", async () => {
  const proposeOfAll = await compileHead(4);
  const cases = [
    { probs: [0.1, 0.4, 0.2, 0.3], margin: 0.1, entropy: 1.279854 },
    { probs: [0.25, 0.25, 0.25, 0.25], margin: 0, entropy: 1.386294 },
    { probs: [0.7, 0.1, 0.1, 0.1], margin: 0.6, entropy: 0.940448 },
    // The two best are alike: the second is not the same one again, nor is it the third.
    { probs: [0.05, 0.45, 0.05, 0.45], margin: 0, entropy: 1.01823 },
  ];
  const places = cases.flatMap(({ probs }) =>
    [0, 0.5, 2].map((temperature) => ({ logits: probs.map(Math.log), temperature, uniform: 0.99 })),
  );
  const { margins, entropies } = await proposeOfAll(places);
  for (const [i, { margin, entropy }] of cases.flatMap((one) => [one, one, one]).entries()) {
    expect(margins[i]).toBeCloseTo(margin, 5);
    expect(entropies[i]).toBeCloseTo(entropy, 5);
  }
  // Certain, to the point where what is left out has the logarithm −∞.
  const certain = await proposeOfAll([{ logits: [-3e38, 3e38, -3e38, -3e38] }]);
  expect(certain).toMatchObject({ candidates: [1], logProbs: [0], margins: [1] });
  expect(certain.entropies[0]).toBeCloseTo(0, 9);
});
