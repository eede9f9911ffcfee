/** The table of an evaluation, of one model or of several beside each other: as data, as text and as Markdown. */
import type { Row, Section } from "./benchmark.js";
import { type Difference, type Measurement, measureOutcomes, pairedDifference } from "./measure.js";
import type { Outcomes } from "./runner.js";

/** What came of one model. */
export interface EvaluatedModel {
  readonly name: string;
  readonly outcomes: Outcomes;
}

export interface ReportRow {
  readonly name: string;
  readonly title: string;
  readonly unit: "%" | "dB";
  /** Shares as 0 to 1, here and in the figures. */
  readonly wanted?: number;
  /** One for each model; none where nothing was asked yet. */
  readonly figures: readonly (Measurement | null)[];
  /** Each model but the first, against the one before it, on the same items. */
  readonly changes: readonly (Difference | null)[];
}

/** Plain data: what `--json` prints. */
export interface Report {
  readonly models: readonly string[];
  readonly sections: readonly { readonly title: string; readonly rows: readonly ReportRow[] }[];
}

/** The table; rows of what no model was asked are left out. */
export function reportOf(sections: readonly Section[], models: readonly EvaluatedModel[]): Report {
  const outcomesOf = ({ outcomes }: EvaluatedModel, { of }: Row) => of.map((name) => outcomes.get(name) ?? []);
  const reportRow = (row: Row): ReportRow => ({
    name: row.name,
    title: row.title,
    unit: row.measure.kind === "mean" ? row.measure.unit : "%",
    wanted: row.wanted,
    figures: models.map((model) => measureOutcomes(row.measure, outcomesOf(model, row).flat()) ?? null),
    changes: models
      .slice(1)
      .map((model, i) => pairedDifference(row.measure, outcomesOf(models[i], row), outcomesOf(model, row)) ?? null),
  });
  return {
    models: models.map(({ name }) => name),
    sections: sections
      .map(({ title, rows }) => ({ title, rows: rows.map(reportRow).filter(hasFigure) }))
      .filter(({ rows }) => rows.length > 0),
  };
}

function hasFigure({ figures }: ReportRow): boolean {
  return figures.some((figure) => figure !== null);
}

/** For a terminal. */
export function textTable(report: Report): string {
  const sections = report.sections.map(({ title, rows }) => ({ title, lines: rows.map((row) => cellsOf(row)) }));
  const head = ["", ...headOf(report)];
  const widths = head.map((cell, i) =>
    Math.max(cell.length, ...sections.flatMap(({ lines }) => lines.map((line) => line[i].length + (i === 0 ? 2 : 0)))),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return [
    line(head),
    ...sections.flatMap(({ title, lines }) => [
      title,
      ...lines.map(([name, ...cells]) => line([`  ${name}`, ...cells])),
    ]),
  ].join("\n");
}

/** For a model card. */
export function markdownTable(report: Report): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["", ...headOf(report)];
  return [
    line(head),
    line(head.map((_, i) => (i === 0 ? "---" : "--:"))),
    ...report.sections.flatMap(({ title, rows }) => [
      line([`**${title}**`, ...head.slice(1).map(() => "")]),
      ...rows.map((row) => line(cellsOf(row))),
    ]),
  ].join("\n");
}

function headOf({ models }: Report): string[] {
  if (models.length === 1) return [models[0], "95 % interval", "asked", "items"];
  return [...models.flatMap((name, i) => (i === 0 ? [name] : [name, "change"])), "asked", "items"];
}

function cellsOf(row: ReportRow): string[] {
  const { title, unit, wanted, figures, changes } = row;
  const asked = wanted === undefined ? "" : format(wanted, unit, unit === "%" ? 0 : undefined);
  // Of several models the one that has been asked least: it says how sure the row is.
  const numItems = String(Math.min(...figures.flatMap((figure) => figure?.numItems ?? [])));
  if (figures.length === 1) {
    const [figure] = figures;
    return [title, figure ? figureOf(figure, row) : "–", figure ? intervalOf(figure, unit) : "", asked, numItems];
  }
  const cells = figures.flatMap((figure, i) => {
    const shown = figure ? [figureOf(figure, row), intervalOf(figure, unit)].filter(Boolean).join(" ") : "–";
    return i === 0 ? [shown] : [shown, changeOf(changes[i - 1], unit)];
  });
  return [title, ...cells, asked, numItems];
}

/** With a sign where the figure asked is reached. */
function figureOf({ value }: Measurement, { unit, wanted }: ReportRow): string {
  return `${wanted !== undefined && value >= wanted ? "✓ " : ""}${format(value, unit)}`;
}

function intervalOf({ low, high }: Measurement, unit: ReportRow["unit"]): string {
  return low === undefined || high === undefined ? "" : `${digits(low, unit)}–${digits(high, unit)}`;
}

function changeOf(change: Difference | null, unit: ReportRow["unit"]): string {
  if (!change) return "";
  const sign = change.value > 0 ? "+" : change.value < 0 ? "−" : "";
  const margin = change.margin === undefined ? "" : ` ± ${digits(change.margin, unit)}`;
  return `${sign}${digits(Math.abs(change.value), unit)}${margin}`;
}

function format(value: number, unit: ReportRow["unit"], numDecimals?: number): string {
  return `${digits(value, unit, numDecimals)} ${unit}`;
}

function digits(value: number, unit: ReportRow["unit"], numDecimals = 1): string {
  return (unit === "%" ? value * 100 : value).toFixed(numDecimals);
}
