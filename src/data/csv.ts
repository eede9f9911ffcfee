/** Tables of text (RFC 4180): a first line of column names, quoted fields that may hold commas, line breaks and doubled quotes. */
import { DataError } from "./example.js";

/** What ends a field that is not quoted. */
const FIELD_END = { ",": /[,\r\n]/g, "\t": /[\t\r\n]/g };

/**
 * The rows, each with its line, as records by column, or as what is wrong with one that has too many or too few fields; blank lines do not count.
 * @throws DataError with the line where a quote is not closed
 */
export function parseCsv(text: string, separator: keyof typeof FIELD_END, path: string): CsvRow[] {
  const records: CsvRow[] = [];
  let columns: readonly string[] | undefined;
  let row: string[] = [];
  let [line, rowLine] = [1, 1];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length || row.length > 0) {
    const { value, end } = text[at] === '"' ? readQuoted(text, at) : readPlain(text, at, FIELD_END[separator]);
    const ending = endingAt(text, end, separator);
    if (ending === undefined)
      throw new DataError(`${path}:${line}`, "a quoted field is not closed, or text follows its closing quote");
    row.push(value);
    line += countLines(text.slice(at, end + ending.length));
    at = end + ending.length;
    if (ending === separator) continue;
    const isBlank = row.length === 1 && row[0] === "";
    if (!isBlank && columns === undefined) columns = row.map((name) => name.trim());
    else if (!isBlank && columns !== undefined) records.push(toRow(row, columns, `${path}:${rowLine}`));
    [row, rowLine] = [[], line];
  }
  return records;
}

export interface CsvRow {
  /** The file and the line that it begins in. */
  readonly place: string;
  readonly record: Readonly<Record<string, string>> | DataError;
}

interface Field {
  readonly value: string;
  /** Where what follows it begins; -1 when it is not closed. */
  readonly end: number;
}

/** Searched for, not matched: an expression over a field of megabytes overflows the stack. */
function readQuoted(text: string, start: number): Field {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return { value: "", end: -1 };
    if (text[quote + 1] !== '"') {
      return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    from = quote + 2;
  }
}

function readPlain(text: string, start: number, fieldEnd: RegExp): Field {
  fieldEnd.lastIndex = start;
  const end = fieldEnd.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

/** The separator, the line break or the end of the text ("") that stands there; undefined for anything else. */
function endingAt(text: string, end: number, separator: string): string | undefined {
  if (end === text.length) return "";
  return [separator, "\r\n", "\r", "\n"].find((ending) => end >= 0 && text.startsWith(ending, end));
}

function countLines(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function toRow(row: readonly string[], columns: readonly string[], place: string): CsvRow {
  if (row.length === columns.length)
    return { place, record: Object.fromEntries(columns.map((column, i) => [column, row[i]])) };
  const columnNames = `${columns.length} columns: ${columns.join(", ")}`;
  return { place, record: new DataError(place, `${row.length} fields, but ${columnNames}`) };
}
