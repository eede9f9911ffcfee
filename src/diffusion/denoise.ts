/**
 * The one denoising generator: fills the masked places of canvases, step by step. Text and pictures, whole answers and gaps differ
 * in their settings alone. It knows neither tokenizers nor pictures; the network and the randomness are arguments.
 */
import { joinFloats } from "../array/floats.js";
import type { Row } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { Canvas, DenoisingStep, SamplerSettings } from "./canvas.js";
import { fillRows, type PlacedRow } from "./canvas-rows.js";
import { groupBy } from "./group-by.js";
import type { MaskPredictor, PlaceProposals } from "./mask-predictor.js";
import { begin, finishStep, isAsking, isDone, openPlaces, type Progress, report, reveal } from "./progress.js";
import { choosePlaces } from "./remasking.js";

/**
 * Fills canvases together; each gets exactly what it gets alone.
 * @yields after every step, the state of all canvases
 * @throws the signal's reason, between steps, when it is aborted; RangeError when settings do not fit the canvas,
 * or the network gives no numbers
 */
export async function* denoise(
  predict: MaskPredictor,
  vocabulary: Vocabulary,
  canvases: readonly Canvas[],
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<DenoisingStep, void, void> {
  const all = canvases.map((canvas) => begin(canvas, vocabulary.special.mask));
  while (!all.every(isDone)) {
    signal?.throwIfAborted();
    const active = all.filter((progress) => !isDone(progress));
    await advance(predict, vocabulary, active);
    yield all.map(report);
  }
}

/** Fills canvases and returns their final ids. */
export async function denoiseFully(...args: Parameters<typeof denoise>): Promise<DenoisingStep> {
  const [, vocabulary, canvases] = args;
  let last: DenoisingStep = canvases.map((canvas) => report(begin(canvas, vocabulary.special.mask)));
  for await (const step of denoise(...args)) last = step;
  return last;
}

/** One step of every active canvas, in one evaluation of the network for all that can be asked together. */
async function advance(predict: MaskPredictor, vocabulary: Vocabulary, active: readonly Progress[]): Promise<void> {
  const asking = active.filter(isAsking);
  for (const progress of active) if (!asking.includes(progress)) finishStep(progress, [], [], vocabulary);
  for (const group of askedTogether(vocabulary, asking)) {
    const proposals = await propose(predict, vocabulary, group);
    group.forEach((open, i) => {
      revealChosen(vocabulary, open, proposals[i]);
    });
  }
}

/** A canvas at a step: its open places, and the random numbers for what may stand there. */
interface Open {
  readonly progress: Progress;
  readonly places: readonly number[];
  readonly uniforms: Float32Array;
}

/** Canvases that draw from different ranges, or with another number of uniforms, are evaluated apart. */
function askedTogether(vocabulary: Vocabulary, asking: readonly Progress[]): Open[][] {
  const all = asking.map((progress): Open => {
    const places = openPlaces(progress, vocabulary.special.mask);
    return { progress, places, uniforms: progress.canvas.noise.candidates(progress.step, places) };
  });
  return groupBy(all, ({ progress, places, uniforms }) => {
    const { start, end } = progress.canvas.range;
    return `${start} ${end} ${uniforms.length === places.length}`;
  });
}

/** What the network proposes for each canvas's open places. @throws RangeError when it gives no numbers */
async function propose(
  predict: MaskPredictor,
  vocabulary: Vocabulary,
  group: readonly Open[],
): Promise<PlaceProposals[]> {
  const placed = group.map(
    ({ progress, places }): PlacedRow => ({
      row: { ...progress.canvas.row, ids: progress.ids },
      unconditional: progress.unconditionalIds && {
        ...(progress.canvas.unconditional as Row),
        ids: progress.unconditionalIds,
      },
      places,
      counterparts: places.map((place) => progress.counterpart.get(place) as number),
    }),
  );
  const rows = fillRows(vocabulary, placed);
  const perPlace = (value: (settings: SamplerSettings) => number) =>
    Float32Array.from(group.flatMap(({ progress, places }) => places.map(() => value(progress.canvas.settings))));
  const proposed = await predict(rows.batch, {
    places: rows.places,
    unconditionalPlaces: rows.unconditionalPlaces,
    guidanceScales: perPlace(({ guidanceScale }) => guidanceScale),
    temperatures: perPlace(({ temperature }) => temperature),
    uniforms: joinFloats(group.map(({ uniforms }) => uniforms)),
    range: group[0].progress.canvas.range,
  });
  if (proposed.logProbs.some(Number.isNaN)) {
    throw new RangeError(
      "the network gives NaN in place of probabilities: its weights hold NaN or infinities, or numbers beyond what it computes in",
    );
  }
  let end = 0;
  return group.map(({ places }) => {
    const start = end;
    end += places.length;
    return {
      candidates: proposed.candidates.subarray(start, end),
      logProbs: proposed.logProbs.subarray(start, end),
      margins: proposed.margins.subarray(start, end),
      entropies: proposed.entropies.subarray(start, end),
    };
  });
}

/** The end of a canvas's step: some of what is proposed is revealed, the rest stays masked. */
function revealChosen(vocabulary: Vocabulary, { progress, places }: Open, proposed: PlaceProposals): void {
  const { candidates } = proposed;
  const { chosen, confidences } = choosePlaces(progress, places, proposed, vocabulary);
  for (const index of chosen) reveal(progress, places[index], candidates[index]);
  progress.proposed = places.map((place, index) => [place, candidates[index]]);
  progress.nfe += progress.unconditionalIds ? 2 : 1;
  const revealed = chosen.map((index) => places[index]);
  finishStep(progress, revealed, confidences, vocabulary);
}
