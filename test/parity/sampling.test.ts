import { describe, expect, test } from "vitest";
import type { Canvas, SamplerNoise } from "../../src/diffusion/canvas.js";
import { denoise } from "../../src/diffusion/denoise.js";
import { createMaskPredictor } from "../../src/diffusion/mask-predictor.js";
import { evenTransferCounts, type MaskScheduleName, maskSchedules } from "../../src/diffusion/mask-schedule.js";
import { loadTransformer } from "../../src/model/load-model.js";
import { createOrtBackend } from "../../src/runtime/ort-node.js";
import type { Row } from "../../src/tokens/sequence.js";
import type { Vocabulary } from "../../src/tokens/vocabulary.js";
import { maxDifference, parityPath, readParityCase } from "../parity-case.js";
import schedules from "./schedules.json" with { type: "json" };

const backend = createOrtBackend("cpu");

/** The cases know no tokenizer: only the mask and padding matter to the sampler. */
function vocabularyOf(mask: number, size: number): Vocabulary {
  return { size, special: { mask, pad: 0 } } as unknown as Vocabulary;
}

const silent: SamplerNoise = {
  candidates: (_, places) => new Float32Array(places.length).fill(0.5),
  confidences: (_, places) => new Float32Array(places.length).fill(0.5),
};

interface TextRun {
  run: number;
  prompt_length: number;
  gen_length: number;
  steps: number;
  block_length: number;
  cfg_scale: number;
  batch: number;
}

describe.each(["mha", "gqa", "tied-bf16"])("text sampling of %s", (name) => {
  test("every step agrees", async () => {
    const { config, weights } = await loadTransformer(parityPath(name));
    const predictor = createMaskPredictor(backend, config, { weights, areTrained: false });
    const stored = await readParityCase(`${name}/text-sampling.safetensors`);
    const vocabulary = vocabularyOf(config.maskTokenId, config.vocabularySize);
    for (const run of JSON.parse(stored.metadata.runs) as TextRun[]) {
      const prompts = stored.integers(`run${run.run}.prompt`).data;
      const states = stored.integers(`run${run.run}.states`).data;
      const T = run.prompt_length + run.gen_length;
      const canvases = Array.from({ length: run.batch }, (_, b): Canvas => {
        const ids = new Int32Array(T).fill(config.maskTokenId);
        const unconditionalIds = ids.slice();
        ids.set(prompts.subarray(b * run.prompt_length, (b + 1) * run.prompt_length));
        const isMaskable = new Uint8Array(T).fill(1, run.prompt_length);
        const row: Row = { task: "lm_chat", ids, spans: {}, isMaskable, isReal: new Uint8Array(T).fill(1) };
        return {
          row,
          unconditional: { ...row, ids: unconditionalIds },
          settings: {
            steps: run.steps,
            blockLength: run.block_length,
            remasking: "low-confidence",
            schedule: "even",
            temperature: 0,
            choiceTemperature: 0,
            choiceAnnealing: "linear",
            guidanceScale: run.cfg_scale,
          },
          range: { start: 0, end: config.vocabularySize },
          noise: silent,
        };
      });
      let step = 0;
      for await (const progress of denoise(predictor.predict, vocabulary, canvases)) {
        step++;
        const expected = states.subarray(step * run.batch * T, (step + 1) * run.batch * T);
        expect(
          progress.flatMap(({ ids }) => [...ids]),
          `run ${run.run}, step ${step}`,
        ).toEqual([...expected]);
      }
      expect(step).toBe(run.steps);
    }
    await predictor.dispose();
  });
});

interface ImageRun {
  run: number;
  num_vq_tokens: number;
  timesteps: number;
  guidance_scale: number;
  temperature: number;
  schedule: MaskScheduleName;
  batch: number;
  prefix_length: number;
  text_vocab: number;
  codebook_size: number;
}

test("image sampling: every step agrees", async () => {
  const { config, weights } = await loadTransformer(parityPath("image"));
  const predictor = createMaskPredictor(backend, config, { weights, areTrained: false });
  const stored = await readParityCase("image/image-sampling.safetensors");
  const vocabulary = vocabularyOf(config.maskTokenId, config.vocabularySize);
  for (const run of JSON.parse(stored.metadata.runs) as ImageRun[]) {
    const of = (what: string) => `run${run.run}.${what}`;
    const conditional = stored.integers(of("cond_ids"));
    const T = conditional.shape[1];
    const { num_vq_tokens: N, codebook_size: V, batch: B } = run;
    const firstCode = run.prefix_length;
    const categorical = stored.floats(of("uniform_categorical"));
    const remask = stored.floats(of("uniform_remask"));
    const canvases = Array.from({ length: B }, (_, b): Canvas => {
      const rowOf = (ids: string, mask: string): Row => ({
        task: "t2i",
        ids: stored.integers(of(ids)).data.slice(b * T, (b + 1) * T),
        spans: {},
        isMaskable: new Uint8Array(T).fill(1, firstCode, firstCode + N),
        isReal: Uint8Array.from(stored.integers(of(mask)).data.subarray(b * T, (b + 1) * T)),
      });
      return {
        row: rowOf("cond_ids", "cond_attention_mask"),
        unconditional: rowOf("uncond_ids", "uncond_attention_mask"),
        settings: {
          steps: run.timesteps,
          remasking: "low-confidence",
          schedule: maskSchedules[run.schedule],
          temperature: 1,
          choiceTemperature: run.temperature,
          choiceAnnealing: "compound",
          guidanceScale: run.guidance_scale,
        },
        range: { start: run.text_vocab, end: run.text_vocab + V },
        noise: {
          candidates: (step, places) =>
            Float32Array.from(
              places.flatMap((place) => {
                const at = ((step * B + b) * N + place - firstCode) * V;
                return [...categorical.subarray(at, at + V)];
              }),
            ),
          confidences: (step, places) =>
            Float32Array.from(places, (place) => remask[(step * B + b) * N + place - firstCode]),
        },
      };
    });
    const states = stored.integers(of("states")).data;
    let step = 0;
    let last: Int32Array[] = [];
    for await (const progress of denoise(predictor.predict, vocabulary, canvases)) {
      step++;
      last = progress.map(({ ids }) => ids);
      if (step < run.timesteps) {
        const expected = states.subarray(step * B * T, (step + 1) * B * T);
        expect(
          last.flatMap((ids) => [...ids]),
          `run ${run.run}, step ${step}`,
        ).toEqual([...expected]);
      }
    }
    const codes = last.flatMap((ids) => [...ids.subarray(firstCode, firstCode + N)].map((id) => id - run.text_vocab));
    expect(codes).toEqual([...stored.integers(of("final_codes")).data]);
    expect(step).toBe(run.timesteps);
  }
  await predictor.dispose();
});

describe("mask schedules", () => {
  test.each(Object.keys(maskSchedules) as MaskScheduleName[])(
    "%s agrees on a grid; ours runs from the other end",
    (name) => {
      const ratios = schedules.t.map((progress) => maskSchedules[name](1 - progress));
      expect(maxDifference(ratios, schedules[name])).toBeLessThan(1e-6);
    },
  );

  test("numbers of places revealed agree", () => {
    for (const { masked, steps, transfer } of schedules.num_transfer_tokens) {
      expect(evenTransferCounts(masked, steps)).toEqual(transfer);
    }
  });
});
