/** Noised rows as a network takes them: several to a line, told apart by segment, and the places of them all that are scored. */
import { type Tensor, tensor } from "../array/tensor.js";
import type { Row } from "../tokens/sequence.js";

/** A row of which some places are masked. */
export interface NoisedRow {
  readonly row: Row;
  readonly noisyIds: Int32Array;
  /** Masked places whose clean ids are to be predicted. */
  readonly places: readonly number[];
}

export interface PackingSettings {
  /** Places of a line that rows are packed into. */
  readonly lineLength: number;
  readonly padTokenId: number;
}

export interface PackedRows {
  /** `ids`, `segmentIds`, `positions` [B, T]; `places` and `targets`, their clean ids, [M]. All int32. */
  readonly inputs: Readonly<Record<"ids" | "segmentIds" | "positions" | "places" | "targets", Tensor<"int32">>>;
  /** For each of the M places which row it is of, and which of the row's places. */
  readonly origins: readonly { readonly row: number; readonly index: number }[];
  /** Real places. */
  readonly numTokens: number;
}

/** Packs rows into lines of at most `lineLength` places, first fit. @throws RangeError when a row is longer than a line */
export function packRows(rows: readonly NoisedRow[], { lineLength, padTokenId }: PackingSettings): PackedRows {
  const lines = packLines(rows, lineLength);
  const lengthOf = (line: readonly number[]) => line.reduce((sum, number) => sum + rows[number].row.ids.length, 0);
  const width = Math.max(...lines.map(lengthOf));
  const ids = new Int32Array(lines.length * width).fill(padTokenId);
  const segmentIds = new Int32Array(ids.length);
  const positions = new Int32Array(ids.length);
  const places: number[] = [];
  const targets: number[] = [];
  const origins: { row: number; index: number }[] = [];
  let numTokens = 0;
  lines.forEach((line, lineIndex) => {
    let start = lineIndex * width;
    line.forEach((number, segment) => {
      const { row, noisyIds, places: scored } = rows[number];
      ids.set(noisyIds, start);
      for (let i = 0; i < noisyIds.length; i++) {
        segmentIds[start + i] = row.isReal[i] ? segment + 1 : 0;
        positions[start + i] = i;
        numTokens += row.isReal[i];
      }
      scored.forEach((place, index) => {
        places.push(start + place);
        targets.push(row.ids[place]);
        origins.push({ row: number, index });
      });
      start += noisyIds.length;
    });
  });
  const shape = [lines.length, width];
  const M = [places.length];
  return {
    inputs: {
      ids: tensor("int32", shape, ids),
      segmentIds: tensor("int32", shape, segmentIds),
      positions: tensor("int32", shape, positions),
      places: tensor("int32", M, Int32Array.from(places)),
      targets: tensor("int32", M, Int32Array.from(targets)),
    },
    origins,
    numTokens,
  };
}

/** The numbers of the rows of each line: first fit, longest first. */
function packLines(rows: readonly NoisedRow[], lineLength: number): number[][] {
  const lines: { free: number; rows: number[] }[] = [];
  const byLength = [...rows.keys()].sort((a, b) => rows[b].row.ids.length - rows[a].row.ids.length);
  for (const number of byLength) {
    const { length } = rows[number].row.ids;
    if (length > lineLength)
      throw new RangeError(`a row of ${length} places does not fit into a line of ${lineLength}`);
    let line = lines.find(({ free }) => free >= length);
    if (!line) lines.push((line = { free: lineLength, rows: [] }));
    line.free -= length;
    line.rows.push(number);
  }
  return lines.map((line) => line.rows);
}
