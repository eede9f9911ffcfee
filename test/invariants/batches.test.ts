/**
 * A request gets what it gets alone, bit for bit: whatever else is in the batch, however long, with whatever settings, in whatever order,
 * on however many threads.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBackend } from "#backends";
import { createRandom, integerBetween, type Random } from "../../src/array/random.js";
import { type Canvas, type DenoisingStep, type Remasking, seededNoise } from "../../src/diffusion/canvas.js";
import { denoise } from "../../src/diffusion/denoise.js";
import { type CompiledPredictor, createMaskPredictor } from "../../src/diffusion/mask-predictor.js";
import { maskSchedules } from "../../src/diffusion/mask-schedule.js";
import type { TransformerConfig } from "../../src/model/config.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { type LoadedModel, MMaDA } from "../../src/tasks/model.js";
import { layoutChat, unconditionalRow } from "../../src/tokens/sequence.js";
import type { Vocabulary } from "../../src/tokens/vocabulary.js";
import { miniPath } from "../mini.js";
import { parityPath } from "../parity-case.js";
import { askAlone, askings, askTogether } from "../requests.js";

describe("tasks of the bundled model", () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await MMaDA.fromPretrained(miniPath);
  });
  afterAll(() => model?.dispose());

  test.each(Object.keys(askings))("%s: together as alone", async (name) => {
    expect(await askTogether(askings[name], model)).toEqual(await askAlone(askings[name], model));
  });

  test("the same seed gives the same, another seed something else", async () => {
    const draw = async (seed: number) => (await model.imagine("a red circle", { steps: 3, seed })).codes;
    const write = async (seed: number) => (await model.answer("Hi", { genLength: 12, temperature: 4, seed })).ids;
    for (const ask of [draw, write]) {
      expect(await ask(1)).toEqual(await ask(1));
      expect(await ask(2)).not.toEqual(await ask(1));
    }
  });
});

/** Canvases of the generator itself: networks with heads of all kinds, rows and settings from a seed. */
describe.each([
  ["mini", "as they are", 3],
  ["mha", "as they are", 8],
  ["mha", "under training", 8],
  ["gqa", "as they are", 8],
  ["tied-bf16", "as they are", 8],
] as const)("random canvases for %s, weights %s", (name, state, numTrials) => {
  let config: TransformerConfig;
  let predictor: CompiledPredictor;
  let oneThread: CompiledPredictor;
  let vocabulary: Vocabulary;
  beforeAll(async () => {
    const loaded = await loadTransformer(name === "mini" ? miniPath : parityPath(name));
    config = loaded.config;
    const source = { weights: loaded.weights, areTrained: state === "under training" };
    const backend = await openBackend("cpu");
    predictor = createMaskPredictor(backend, config, source);
    oneThread = createMaskPredictor(
      { ...backend, compile: (model) => backend.compile(model, { numThreads: 1 }) },
      config,
      source,
    );
    // The generator needs the mask and the padding alone.
    vocabulary = {
      special: { mask: config.maskTokenId, pad: config.padTokenId, bos: 1, eos: 2 },
    } as unknown as Vocabulary;
  });
  afterAll(async () => {
    await predictor?.dispose();
    await oneThread?.dispose();
  });

  async function fill({ predict }: CompiledPredictor, canvases: readonly Canvas[]) {
    const steps: DenoisingStep[] = [];
    for await (const states of denoise(predict, vocabulary, canvases)) steps.push(states);
    // Of each canvas the steps that it took itself.
    return canvases.map((_, i) => steps.map((states) => states[i]).filter((state, at) => state.step === at + 1));
  }

  test("every step of each is what it is alone, on one thread and on several", async () => {
    const rng = createRandom(`canvases for ${name}`);
    for (let trial = 0; trial < numTrials; trial++) {
      const canvases = Array.from({ length: 2 + trial }, () => randomCanvas(rng, config, vocabulary));
      const together = await fill(predictor, canvases);
      for (const [i, canvas] of canvases.entries()) {
        const [alone] = await fill(i % 2 === 0 ? predictor : oneThread, [canvas]);
        expect(together[i]).toEqual(alone);
      }
      const turned = await fill(oneThread, [...canvases].reverse());
      expect(turned.reverse()).toEqual(together);
    }
  });
});

const REMASKINGS: Remasking[] = ["low-confidence", "margin", "entropy", "random", "halton"];

function randomCanvas(rng: Random, config: TransformerConfig, vocabulary: Vocabulary): Canvas {
  const between = (low: number, high: number) => integerBetween(rng, low, high);
  const { vocabularySize: V, maskTokenId } = config;
  const token = () => {
    const id = between(0, V - 1);
    return id === maskTokenId ? 0 : id;
  };
  const prompt = Array.from({ length: between(1, 120) }, token);
  const numMasked = between(1, 36);
  const answer = Array.from({ length: numMasked + between(0, 4) }, (_, i) => (i < numMasked ? maskTokenId : token()));
  const row = layoutChat(vocabulary, { prompt, answer }, { isOpen: between(0, 1) === 1 });
  const isGuided = between(0, 1) === 1;
  const ranges = [
    { start: 0, end: V },
    { start: Math.floor(V / 2), end: V },
  ];
  return {
    row,
    unconditional: isGuided ? unconditionalRow(vocabulary, row) : undefined,
    settings: {
      steps: between(1, 4),
      remasking: REMASKINGS[between(0, REMASKINGS.length - 1)],
      schedule: between(0, 1) === 1 ? "even" : maskSchedules.cosine,
      temperature: between(0, 1) === 1 ? 0 : 2 * rng.uniform(),
      choiceTemperature: between(0, 1) === 1 ? 0 : 4 * rng.uniform(),
      choiceAnnealing: between(0, 1) === 1 ? "linear" : "compound",
      guidanceScale: isGuided ? 3 * rng.uniform() : 0,
    },
    range: ranges[between(0, 1)],
    noise: seededNoise(rng.fork(between(0, 1e9))),
  };
}
