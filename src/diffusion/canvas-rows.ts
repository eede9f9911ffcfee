/** Rows of several canvases, with those that guidance compares with below them, as one batch for the network. */
import { batchRows, type Row } from "../tokens/sequence.js";
import type { Vocabulary } from "../tokens/vocabulary.js";
import type { PredictorRows } from "./mask-predictor.js";

/** A row, the places of it that may be revealed, and the row and places that guidance compares with. */
export interface PlacedRow {
  readonly row: Row;
  readonly unconditional?: Row;
  readonly places: readonly number[];
  readonly counterparts: readonly number[];
}

/** The batch, and where in its B·T places those of the canvases stand, canvas by canvas. */
export function fillRows(
  vocabulary: Vocabulary,
  placed: readonly PlacedRow[],
): { batch: PredictorRows; places: Int32Array; unconditionalPlaces: Int32Array } {
  const guided = placed.flatMap(({ unconditional }) => (unconditional ? [unconditional] : []));
  const batch = batchRows(vocabulary, [...placed.map(({ row }) => row), ...guided]);
  const T = batch.ids.shape[1];
  const places: number[] = [];
  const unconditionalPlaces: number[] = [];
  let nextGuided = placed.length;
  placed.forEach(({ unconditional, places: own, counterparts }, b) => {
    const inBatch = own.map((place) => b * T + place);
    places.push(...inBatch);
    if (!unconditional) {
      unconditionalPlaces.push(...inBatch);
    } else {
      const start = nextGuided++ * T;
      unconditionalPlaces.push(...counterparts.map((place) => start + place));
    }
  });
  return {
    batch,
    places: Int32Array.from(places),
    unconditionalPlaces: Int32Array.from(unconditionalPlaces),
  };
}
