/** Noised rows as a network takes them: several to a line, told apart by segment, and the places of them all that are scored. */
import { type Tensor, tensor, vector } from "../array/tensor.js";
import type { Row, Span } from "../tokens/sequence.js";

/** A row of which some places are masked. */
export interface MaskedRow {
  readonly row: Row;
  readonly noisyIds: Int32Array;
  /** Masked places whose clean ids are to be predicted. */
  readonly places: readonly number[];
}

export interface PackingSettings {
  /** Places of a line that rows are packed into. */
  readonly lineLength: number;
  readonly padTokenId: number;
  /**
   * Rows about the same picture hold it once: it sees itself alone, and each of their texts sees it and itself. Several questions about a
   * picture then cost little more than one. Released: false.
   */
  readonly arePicturesShared?: boolean;
}

export interface PackedRows {
  /**
   * `ids`, `segmentIds`, `positions` [B, T]; `places` and `targets`, their clean ids, [M]; where pictures are shared `prefixIds` [B, T].
   * All int32. Places are in the order of the rows, whatever lines these stand in.
   */
  readonly inputs: Readonly<Record<"ids" | "segmentIds" | "positions" | "places" | "targets", Tensor<"int32">>> & {
    readonly prefixIds?: Tensor<"int32">;
  };
  /** For each of the M places which row it is of, and which of the row's places. */
  readonly origins: readonly { readonly row: number; readonly index: number }[];
  /** Real places. */
  readonly numTokens: number;
}

/** Rows that stand together, the first `prefixLength` places of all of them laid down once; 0 for a row by itself. */
interface Unit {
  readonly rows: number[];
  readonly prefixLength: number;
  length: number;
}

/** Packs rows into lines of at most `lineLength` places, first fit. @throws RangeError when a row is longer than a line */
export function packRows(rows: readonly MaskedRow[], settings: PackingSettings): PackedRows {
  const lines = packLines(unitsOf(rows, settings), settings.lineLength);
  const width = Math.max(...lines.map((line) => line.reduce((sum, { length }) => sum + length, 0)));
  const ids = new Int32Array(lines.length * width).fill(settings.padTokenId);
  const segmentIds = new Int32Array(ids.length);
  const prefixIds = new Int32Array(ids.length);
  const positions = new Int32Array(ids.length);
  /** Where place 0 of each row stands, or would stand if it were not shared. */
  const starts = new Int32Array(rows.length);
  let numTokens = 0;
  lines.forEach((line, lineIndex) => {
    let next = lineIndex * width;
    let segment = 0;
    /** Lays places `start` to `end` of a row down as a segment that sees itself and `prefix`; where its place 0 would stand. */
    const lay = ({ row, noisyIds }: MaskedRow, start: number, end: number, prefix?: number): number => {
      segment++;
      for (let i = start; i < end; i++, next++) {
        ids[next] = noisyIds[i];
        segmentIds[next] = row.isReal[i] ? segment : 0;
        prefixIds[next] = row.isReal[i] ? (prefix ?? segment) : 0;
        positions[next] = i;
        numTokens += row.isReal[i];
      }
      return next - end;
    };
    for (const { rows: numbers, prefixLength } of line) {
      if (prefixLength > 0) lay(rows[numbers[0]], 0, prefixLength);
      const prefix = prefixLength > 0 ? segment : undefined;
      for (const number of numbers)
        starts[number] = lay(rows[number], prefixLength, rows[number].row.ids.length, prefix);
    }
  });
  const origins = rows.flatMap(({ places }, row) => places.map((_, index) => ({ row, index })));
  const shape = [lines.length, width];
  return {
    inputs: {
      ids: tensor("int32", shape, ids),
      segmentIds: tensor("int32", shape, segmentIds),
      ...(settings.arePicturesShared ? { prefixIds: tensor("int32", shape, prefixIds) } : {}),
      positions: tensor("int32", shape, positions),
      places: vector(
        "int32",
        rows.flatMap(({ places }, row) => places.map((place) => starts[row] + place)),
      ),
      targets: vector(
        "int32",
        rows.flatMap(({ row, places }) => places.map((place) => row.ids[place])),
      ),
    },
    origins,
    numTokens,
  };
}

/** Each row by itself, or those about one picture together as far as a line holds them. */
function unitsOf(rows: readonly MaskedRow[], { lineLength, arePicturesShared }: PackingSettings): Unit[] {
  const units: Unit[] = [];
  const open = new Map<string, Unit>();
  rows.forEach(({ row }, number) => {
    const { length } = row.ids;
    if (length > lineLength)
      throw new RangeError(
        `a row of ${length} places does not fit into a line of ${lineLength}: batch.lineLength must be ${length} or more`,
      );
    const pictureEnd = arePicturesShared && row.task === "mmu" ? (row.spans.image as Span).end : 0;
    const key = row.ids.subarray(0, pictureEnd).join();
    const unit = open.get(key);
    if (pictureEnd > 0 && unit && unit.length + length - pictureEnd <= lineLength) {
      unit.rows.push(number);
      unit.length += length - pictureEnd;
    } else {
      const next: Unit = { rows: [number], prefixLength: pictureEnd, length };
      units.push(next);
      open.set(key, next);
    }
  });
  // A picture that only one row is about is seen as it is when sampling: all of the row by all of it.
  return units.map((unit) => (unit.rows.length === 1 ? { ...unit, prefixLength: 0 } : unit));
}

/** The units of each line: first fit, longest first. */
function packLines(units: readonly Unit[], lineLength: number): Unit[][] {
  const lines: { free: number; units: Unit[] }[] = [];
  for (const unit of [...units].sort((a, b) => b.length - a.length)) {
    let line = lines.find(({ free }) => free >= unit.length);
    if (!line) lines.push((line = { free: lineLength, units: [] }));
    line.free -= unit.length;
    line.units.push(unit);
  }
  return lines.map((line) => line.units);
}
