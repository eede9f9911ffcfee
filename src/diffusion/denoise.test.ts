import { expect, test } from "vitest";
import { createRandom } from "../array/random.js";
import type { Row } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import { type Canvas, type DenoisingStep, type SamplerSettings, seededNoise } from "./canvas.js";
import { denoise, denoiseFully } from "./denoise.js";
import type { MaskPredictor } from "./mask-predictor.js";

const MASK = 9;
const EOS = 8;
const vocabulary = {
  size: 10,
  textSize: 10,
  special: { mask: MASK, pad: 0, eos: EOS, endOfTurn: EOS },
} as unknown as Vocabulary;

const SETTINGS: SamplerSettings = {
  steps: 4,
  remasking: "low-confidence",
  schedule: "even",
  temperature: 0,
  choiceTemperature: 0,
  choiceAnnealing: "linear",
  guidanceScale: 0,
};

function canvasOf(ids: readonly number[], settings: Partial<SamplerSettings>): Canvas {
  const all = new Uint8Array(ids.length).fill(1);
  const row: Row = { task: "lm", ids: Int32Array.from(ids), spans: {}, isMaskable: all, isReal: all };
  return {
    row,
    settings: { ...SETTINGS, ...settings },
    range: { start: 0, end: 9 },
    noise: seededNoise(createRandom(0)),
  };
}

/** A network that always says the place's own number, with the confidence given for it. */
function sure(confidences: readonly number[]): MaskPredictor {
  return async (_, { places }) => ({
    candidates: places.slice(),
    logProbs: Float32Array.from(places, (place) => Math.log(confidences[place])),
    margins: new Float32Array(places.length),
    entropies: new Float32Array(places.length),
  });
}

async function revealedAt(predict: MaskPredictor, canvas: Canvas): Promise<(readonly number[])[]> {
  const steps: DenoisingStep[] = [];
  for await (const step of denoise(predict, vocabulary, [canvas])) steps.push(step);
  expect(steps.at(-1)?.[0].ids).toEqual(canvas.row.ids.map((id, place) => (id === MASK ? place : id)));
  return steps.map(([{ revealed }]) => revealed);
}

test("a threshold reveals all that is surer, and at least the surest", async () => {
  const canvas = canvasOf([MASK, MASK, MASK, MASK], { confidenceThreshold: 0.9 });
  expect(await revealedAt(sure([0.95, 0.2, 0.99, 0.5]), canvas)).toEqual([[2, 0], [3], [1]]);
});

test.each(["halton", "random"] as const)(
  "a threshold asks how sure the network is where %s places come first",
  async (remasking) => {
    const canvas = canvasOf([MASK, MASK, MASK, MASK], { confidenceThreshold: 0.9, remasking });
    const [first, ...later] = await revealedAt(sure([0.95, 0.2, 0.99, 0.97]), canvas);
    expect(first.toSorted()).toEqual([0, 2, 3]);
    expect(later).toEqual([[1]]);
  },
);

test("noise on the order moves no threshold, and confidences are told without it", async () => {
  const canvas = canvasOf(Array(9).fill(MASK), { confidenceThreshold: 0.9, choiceTemperature: 50, steps: 2 });
  const confidences = [0.95, 0.2, 0.99, 0.97, 0.3, 0.3, 0.3, 0.3, 0.3];
  const steps: DenoisingStep[] = [];
  for await (const step of denoise(sure(confidences), vocabulary, [canvas])) steps.push(step);
  expect(steps[0][0].revealed.toSorted()).toEqual([0, 2, 3]);
  expect(steps).toHaveLength(7);
  for (const [{ revealed, confidences: told }] of steps)
    expect(told.map((value) => Number(value.toFixed(4)))).toEqual(revealed.map((place) => confidences[place]));
});

test("as many at each step, the surest first; what is given stays", async () => {
  const canvas = canvasOf([MASK, 7, MASK, MASK, MASK], { steps: 2 });
  expect(await revealedAt(sure([0.1, 1, 0.4, 0.3, 0.2]), canvas)).toEqual([
    [2, 3],
    [4, 0],
  ]);
});

test("blocks are filled from left to right, however sure the network is of later ones", async () => {
  const canvas = canvasOf([MASK, MASK, MASK, MASK], { blockLength: 2 });
  expect(await revealedAt(sure([0.1, 0.2, 0.8, 0.9]), canvas)).toEqual([[1], [0], [3], [2]]);
});

test("a place for which the mask itself was proposed stays open to the blocks that follow, as in the released code", async () => {
  let asked = 0;
  const predict: MaskPredictor = async (rows, at) => {
    asked++;
    const proposed = await sure([0.9, 0.5, 0.4, 0.3])(rows, at);
    return asked === 1 ? { ...proposed, candidates: proposed.candidates.fill(MASK) } : proposed;
  };
  const canvas = canvasOf([MASK, MASK, MASK, MASK], { blockLength: 2 });
  const steps: DenoisingStep[] = [];
  for await (const step of denoise(predict, vocabulary, [canvas])) steps.push(step);
  expect(steps.map(([{ revealed }]) => revealed)).toEqual([[0], [0], [1], [2]]);
  expect(Array.from(steps[3][0].ids)).toEqual([0, 1, 2, MASK]);
});

test.each([{}, { confidenceThreshold: 0.9 }])(
  "a place that stays masked keeps no later block from its end, nor from being done: %j",
  async (settings) => {
    const confidences = [0.95, ...Array<number>(15).fill(0.99)];
    const predict: MaskPredictor = async (rows, at) => {
      const proposed = await sure(confidences)(rows, at);
      return {
        ...proposed,
        candidates: proposed.candidates.map((place) => (place === 0 ? MASK : place < 8 ? 1 : EOS)),
      };
    };
    const canvas = canvasOf(Array(16).fill(MASK), { blockLength: 8, steps: 16, endOfText: "last", ...settings });
    const last = await denoiseFully(predict, vocabulary, [canvas]);
    expect(Array.from(last[0].ids)).toEqual([MASK, ...Array(7).fill(1), ...Array(8).fill(EOS)]);
    expect(last[0].nfe).toBe("confidenceThreshold" in settings ? 9 : 16);
  },
);

test.each([
  // Sure of the two ends at once: the words before them have to fit in front of them.
  { endOfText: "free", expected: [[2, 3], [1], [0]] },
  // The words one by one, then all that ends the text.
  { endOfText: "last", expected: [[1], [0], [2, 3]] },
] as const)("the end of a text, $endOfText", async ({ endOfText, expected }) => {
  const predict: MaskPredictor = async (rows, at) => {
    const proposed = await sure([0.3, 0.5, 0.99, 0.98])(rows, at);
    return { ...proposed, candidates: proposed.candidates.map((place) => (place >= 2 ? EOS : place)) };
  };
  const canvas = canvasOf([MASK, MASK, MASK, MASK], { confidenceThreshold: 0.9, endOfText });
  const revealed: (readonly number[])[] = [];
  for await (const [step] of denoise(predict, vocabulary, [canvas])) revealed.push(step.revealed);
  expect(revealed).toEqual(expected);
});

test("a canvas that is stopped at the end asks no more about what comes after it", async () => {
  const predict: MaskPredictor = async (rows, at) => {
    const proposed = await sure(Array(24).fill(0.99))(rows, at);
    return { ...proposed, candidates: proposed.candidates.map((place) => (place % 8 === 3 ? EOS : place % 8)) };
  };
  const settings = { confidenceThreshold: 0.9, blockLength: 2, steps: 4, isStoppedAtEnd: true };
  const steps = await denoiseFully(predict, vocabulary, [
    canvasOf(Array(8).fill(MASK), settings),
    canvasOf(Array(8).fill(MASK), { ...settings, isStoppedAtEnd: false }),
    // What was given is not what it says: only what is filled ends it.
    canvasOf([EOS, MASK, EOS, MASK, MASK, MASK, MASK, MASK], { ...settings, blockLength: 1, steps: 6 }),
  ]);
  expect(steps.map(({ ids, nfe, isDone }) => [[...ids], nfe, isDone])).toEqual([
    [[0, 1, 2, EOS, EOS, EOS, EOS, EOS], 2, true],
    [[0, 1, 2, EOS, 4, 5, 6, 7], 4, true],
    [[EOS, 1, EOS, EOS, EOS, EOS, EOS, EOS], 2, true],
  ]);
});

test("where so many places are due, the end of a text comes after the words that are due with it", async () => {
  const predict: MaskPredictor = async (rows, at) => {
    const proposed = await sure([0.3, 0.5, 0.99])(rows, at);
    return { ...proposed, candidates: proposed.candidates.map((place) => (place === 2 ? EOS : place)) };
  };
  const canvas = canvasOf([MASK, MASK, MASK], { steps: 1, endOfText: "last" });
  for await (const [step] of denoise(predict, vocabulary, [canvas])) expect(step.revealed).toEqual([1, 0, 2]);
});

test("steps that cannot be shared out among blocks are refused", async () => {
  const canvas = canvasOf([MASK, MASK, MASK, MASK], { blockLength: 2, steps: 3 });
  await expect(revealedAt(sure([1, 1, 1, 1]), canvas)).rejects.toThrow("3 steps cannot be shared out evenly");
});

test("a network without numbers is told of, and nothing is filled with what it says", async () => {
  const canvas = canvasOf([MASK, MASK, MASK, MASK], {});
  await expect(denoiseFully(sure([0.5, Number.NaN, 0.5, 0.5]), vocabulary, [canvas])).rejects.toThrow(
    /gives NaN in place of probabilities/,
  );
});

test("an aborted signal ends it between two steps, with its reason", async () => {
  const controller = new AbortController();
  const canvas = canvasOf([MASK, MASK, MASK, MASK], {});
  const steps = denoise(sure([1, 1, 1, 1]), vocabulary, [canvas], { signal: controller.signal });
  expect((await steps.next()).done).toBe(false);
  controller.abort(new Error("enough"));
  await expect(steps.next()).rejects.toThrow("enough");
});

test("with a threshold a network that says the mask token itself does not keep it going", async () => {
  const stubborn: MaskPredictor = async (_, { places }) => ({
    candidates: places.map(() => MASK),
    logProbs: new Float32Array(places.length),
    margins: new Float32Array(places.length),
    entropies: new Float32Array(places.length),
  });
  let numSteps = 0;
  const canvas = canvasOf([MASK, MASK, MASK], { confidenceThreshold: 0.9 });
  for await (const _ of denoise(stubborn, vocabulary, [canvas])) numSteps++;
  expect(numSteps).toBe(3);
});

test("canvases of other ranges, or with other kinds of noise, share no evaluation", async () => {
  const evaluations: [numPlaces: number, numUniforms: number, end: number][] = [];
  const predict: MaskPredictor = async (rows, at) => {
    evaluations.push([at.places.length, at.uniforms.length, at.range.end]);
    return sure(Array(64).fill(0.5))(rows, at);
  };
  const plain = canvasOf([MASK, MASK], { steps: 1 });
  const gumbel: Canvas = {
    ...plain,
    noise: { ...plain.noise, candidates: (_, places) => new Float32Array(places.length * 9).fill(0.5) },
  };
  for await (const _ of denoise(predict, vocabulary, [
    plain,
    gumbel,
    { ...plain, range: { start: 0, end: 5 } },
    plain,
  ])) {
    // once
  }
  expect(evaluations).toEqual([
    [4, 4, 9],
    [2, 18, 9],
    [2, 2, 5],
  ]);
});

test.each([0, -1, 1.5, Number.NaN, 1e12])("%d steps are refused before anything is planned", async (steps) => {
  await expect(revealedAt(sure([1]), canvasOf([MASK], { steps }))).rejects.toThrow(`steps must be`);
});

test("a fixed order over the grid of a picture, whatever the network is sure of, and whatever is given", async () => {
  const text = [7];
  const all = canvasOf([...text, MASK, MASK, MASK, MASK], { remasking: "halton", steps: 4 });
  const picture = { ...all, columns: 2, row: { ...all.row, spans: { image: { start: 1, end: 5 } } } };
  const predict = sure([0, 0.9, 0.1, 0.8, 0.2]);
  // 1/2, 1/3: top right; 1/4, 2/3: bottom left; 3/4, 1/9 again; 1/8, 4/9; 5/8, 7/9.
  const order = (await revealedAt(predict, picture)).flat();
  expect(order).toEqual([2, 3, 1, 4]);
  const known = { ...picture, row: { ...picture.row, ids: Int32Array.from([7, MASK, 2, MASK, MASK]) } };
  expect((await revealedAt(predict, { ...known, settings: { ...known.settings, steps: 3 } })).flat()).toEqual([
    3, 1, 4,
  ]);
});

/** Numbers of the network and of chance for four places, whose orders all differ. */
const MEASURES = {
  probs: [0.9, 0.7, 0.5, 0.3],
  margins: [0.3, 0.1, 0.4, 0.2],
  entropies: [0.6, 0.2, 0.8, 0.1],
  uniforms: [0.2, 0.8, 0.6, 0.4],
};
const measured: MaskPredictor = async (_, { places }) => ({
  candidates: places.slice(),
  logProbs: Float32Array.from(places, (place) => Math.log(MEASURES.probs[place])),
  margins: Float32Array.from(places, (place) => MEASURES.margins[place]),
  entropies: Float32Array.from(places, (place) => MEASURES.entropies[place]),
});

test.each([
  { remasking: "low-confidence", order: [0, 1, 2, 3], told: MEASURES.probs },
  { remasking: "margin", order: [2, 0, 3, 1], told: MEASURES.margins },
  // The least entropy first, told as e^−entropy, which is 1 where the network is certain.
  { remasking: "entropy", order: [3, 1, 0, 2], told: MEASURES.entropies.map((entropy) => Math.exp(-entropy)) },
  { remasking: "random", order: [1, 2, 3, 0], told: MEASURES.probs },
  // 1/2, 1/4, 3/4, 1/8 of a line.
  { remasking: "halton", order: [2, 1, 3, 0], told: MEASURES.probs },
] as const)("places are revealed by $remasking, which is told where it is a measure", async (expected) => {
  const { remasking, order, told } = expected;
  const plain = canvasOf([MASK, MASK, MASK, MASK], { remasking });
  const confidences = (_: number, places: readonly number[]) =>
    Float32Array.from(places, (place) => MEASURES.uniforms[place]);
  const canvas = { ...plain, noise: { ...plain.noise, confidences } };
  expect(await revealedAt(measured, canvas)).toEqual(order.map((place) => [place]));
  for await (const [{ revealed, confidences: values }] of denoise(measured, vocabulary, [canvas])) {
    expect(values).toHaveLength(1);
    expect(values[0]).toBeCloseTo(told[revealed[0]], 6);
  }
});

/** u whose Gumbel noise −log(−log u) is this. */
const uniformOf = (gumbel: number) => Math.exp(-Math.exp(-gumbel));

test.each([
  // Of four steps: T·(1 − 1/4), T·(1 − 2/4), T·(1 − 3/4).
  { choiceAnnealing: "linear", noises: [1.5, 1, 0.5] },
  // Each a share of what the step before it had: T·3/4, T·3/4·2/4, T·3/4·2/4·1/4.
  { choiceAnnealing: "compound", noises: [1.5, 0.75, 0.1875] },
] as const)("noise on log confidences falls, $choiceAnnealing", async ({ choiceAnnealing, noises }) => {
  /** Whether at `step`, where two places vie, one with a Gumbel noise of 1 comes before another surer by `lead`, in logarithms. */
  const isAhead = async (step: number, lead: number) => {
    const logs = [0, 0, 0, 0].fill(-9, step);
    [logs[step], logs[step + 1]] = [-1 - lead, -1];
    const plain = canvasOf([MASK, MASK, MASK, MASK], { choiceAnnealing, choiceTemperature: 2 });
    const confidences = (at: number, places: readonly number[]) =>
      Float32Array.from(places, (place) => uniformOf(at === step && place === step ? 1 : 0));
    const revealed = await revealedAt(sure(logs.map(Math.exp)), { ...plain, noise: { ...plain.noise, confidences } });
    expect(revealed.slice(0, step).flat().toSorted()).toEqual([0, 1, 2].slice(0, step));
    return revealed[step][0] === step;
  };
  for (const [step, noise] of noises.entries()) {
    expect(await isAhead(step, noise - 0.01), `step ${step}`).toBe(true);
    expect(await isAhead(step, noise + 0.01), `step ${step}`).toBe(false);
  }
});
