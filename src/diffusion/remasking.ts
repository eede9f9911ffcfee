/** Which of the open places are revealed at a step: those that the network is surest of, or that another order puts first. */
import { endsText, type Vocabulary } from "../tokens/vocabulary.js";
import type { PlaceProposals } from "./mask-predictor.js";
import { type Progress, plannedCount } from "./progress.js";

/** Indices into the open places, first what is revealed first, and how sure the network is of each: (0, 1]. */
export interface Choice {
  readonly chosen: readonly number[];
  readonly confidences: readonly number[];
}

/** Chooses among the open places by what the network proposes for them; the noise on the order goes on to its next temperature. */
export function choosePlaces(
  progress: Progress,
  places: readonly number[],
  proposed: PlaceProposals,
  vocabulary: Vocabulary,
): Choice {
  const sureness = logConfidences(progress, proposed);
  const scores = revealingScores(progress, places, sureness);
  const isEarly = earlyEnds(progress, vocabulary, proposed.candidates);
  const order = Array.from(scores.keys()).sort(
    (a, b) => Number(isEarly[a]) - Number(isEarly[b]) || scores[b] - scores[a] || a - b,
  );
  const chosen = chosenOf(progress, order, sureness, isEarly);
  return { chosen, confidences: chosen.map((index) => Math.exp(sureness[index])) };
}

/** How sure the network is of its candidates for the open places, as logarithms; by the measure that they are chosen by, where it is one. */
function logConfidences({ canvas }: Progress, { logProbs, margins, entropies }: PlaceProposals): Float64Array {
  const { remasking } = canvas.settings;
  if (remasking === "margin") return Float64Array.from(margins, (margin) => Math.log(Math.max(margin, 1e-30)));
  if (remasking === "entropy") return Float64Array.from(entropies, (entropy) => -entropy);
  return Float64Array.from(logProbs);
}

/** What the open places are revealed by, the highest first: a fixed order, chance, or confidences, with noise where that is asked for. */
function revealingScores(progress: Progress, places: readonly number[], sureness: Float64Array): Float64Array {
  const { settings, noise } = progress.canvas;
  const { rankOf } = progress;
  if (rankOf) return Float64Array.from(places, (place) => -rankOf(place));
  const isRandom = settings.remasking === "random";
  progress.choiceTemperature = annealed(progress);
  if (!isRandom && settings.choiceTemperature === 0) return sureness;
  const random = noise.confidences(progress.step, places);
  if (isRandom) return Float64Array.from(random);
  return sureness.map((score, i) => score + progress.choiceTemperature * -Math.log(-Math.log(random[i])));
}

/** The noise falls with progress: compounding over steps as in the released code, or linearly as in MaskGIT. */
function annealed({ canvas: { settings }, choiceTemperature, step }: Progress): number {
  // By a threshold more steps may be taken than were planned.
  const remaining = Math.max(0, 1 - (step + 1) / settings.steps);
  return (settings.choiceAnnealing === "compound" ? choiceTemperature : settings.choiceTemperature) * remaining;
}

/** Of the candidates for the open places: those that would end the text while other text may still come before them. */
function earlyEnds({ canvas }: Progress, vocabulary: Vocabulary, candidates: Int32Array): boolean[] {
  const isEnd = Array.from(candidates, (id) => endsText(vocabulary, id));
  const isText = (id: number, i: number) => !isEnd[i] && id !== vocabulary.special.mask;
  const firstOther = canvas.settings.endOfText === "last" ? candidates.findIndex(isText) : -1;
  return isEnd.map((ends, i) => ends && firstOther !== -1 && i > firstOther);
}

/** Which of the open places are revealed: as many as are planned, or all that are sure enough, and if none is, the first. */
function chosenOf(
  progress: Progress,
  order: readonly number[],
  sureness: Float64Array,
  isEarly: readonly boolean[],
): readonly number[] {
  const { confidenceThreshold } = progress.canvas.settings;
  if (confidenceThreshold === undefined) return order.slice(0, plannedCount(progress));
  const sure = order.filter((index) => sureness[index] > Math.log(confidenceThreshold) && !isEarly[index]);
  return sure.length > 0 ? sure : order.slice(0, 1);
}
