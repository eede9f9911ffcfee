/** Tables of text (RFC 4180): a first line of column names, quoted fields that may hold commas, line breaks and doubled quotes. */
import { DataError } from "./example.js";

/** A field with what ends it: quoted, or up to the next separator or line break. */
const FIELD = {
  ",": /(?:"((?:[^"]|"")*)"|((?!")[^,\r\n]*))(,|\r?\n|\r|$)/y,
  "\t": /(?:"((?:[^"]|"")*)"|((?!")[^\t\r\n]*))(\t|\r?\n|\r|$)/y,
};

/**
 * The rows as records by column; blank lines do not count.
 * @throws DataError with the line where a row has too many or too few fields, or a quote is not closed
 */
export function parseCsv(text: string, separator: keyof typeof FIELD, path: string): Record<string, string>[] {
  const records: Record<string, string>[] = [];
  let columns: readonly string[] | undefined;
  let row: string[] = [];
  let [line, rowLine] = [1, 1];
  const field = new RegExp(FIELD[separator]);
  field.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
  while (field.lastIndex < text.length || row.length > 0) {
    const match = field.exec(text);
    if (!match)
      throw new DataError(`${path}:${line}`, "a quoted field is not closed, or text follows its closing quote");
    const [whole, quoted, plain, end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.match(/\r\n|\r|\n/g)?.length ?? 0;
    if (end === separator) continue;
    const isBlank = row.length === 1 && row[0] === "";
    if (!isBlank && columns === undefined) columns = row.map((name) => name.trim());
    else if (!isBlank && columns !== undefined) records.push(toRecord(row, columns, `${path}:${rowLine}`));
    [row, rowLine] = [[], line];
  }
  return records;
}

function toRecord(row: readonly string[], columns: readonly string[], place: string): Record<string, string> {
  if (row.length !== columns.length)
    throw new DataError(place, `${row.length} fields, but ${columns.length} columns: ${columns.join(", ")}`);
  return Object.fromEntries(columns.map((column, i) => [column, row[i]]));
}
