/** Examples from files in a public layout (`layouts/`). Nothing is converted on disk: records are read as ours when they are asked for. */
import { basename, dirname, resolve } from "node:path";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { openImage } from "./image-files-node.js";
import type { Fields, Layout } from "./layouts/layout.js";
import { exampleFromRecord } from "./record.js";
import { openRecords } from "./record-files-node.js";

export interface ImportedSourceOptions {
  readonly path: string;
  readonly layout: Layout;
  readonly name?: string;
  /** What the paths of pictures are relative to; left out, the folder of the file, or the layout's `imageFolder` beside it. */
  readonly imageDirectory?: string;
}

/** @throws DataError when the file cannot be opened, has no records, or none that holds an example */
export async function importedSource(options: ImportedSourceOptions): Promise<ExampleSource> {
  const { path, layout, name } = options;
  const imageDirectory = options.imageDirectory ?? resolve(dirname(path), layout.imageFolder ?? ".");
  const file = await openRecords(path);
  const readFields = async (index: number): Promise<{ fields: Fields; place: string }> => {
    const { record, place } = await file.read(index);
    if (typeof record === "object" && record !== null && !Array.isArray(record))
      return { fields: record as Fields, place };
    throw new DataError(place, "a record must be an object");
  };
  const parts = layout.numExamples ? await listParts(layout, file.length, readFields) : undefined;
  if (parts?.length === 0) {
    await file.close();
    throw new DataError(path, `none of its ${file.length} records holds an example`);
  }
  return {
    name: name ?? basename(path),
    length: parts?.length ?? file.length,
    async read(index): Promise<Example> {
      const { record, part } = parts ? (parts[index] ?? { record: -1, part: 0 }) : { record: index, part: 0 };
      const { fields, place } = await readFields(record);
      return exampleFromRecord(layout.convert(fields, part, place), {
        place,
        openImage: (value) => openImage(value, place, imageDirectory, `${place}`),
      });
    },
    dispose: () => file.close(),
  };
}

/** Goes through the file once. A record that cannot be read is one part, whose reading will say what is wrong. */
async function listParts(
  layout: Layout,
  length: number,
  readFields: (index: number) => Promise<{ fields: Fields }>,
): Promise<{ record: number; part: number }[]> {
  const parts: { record: number; part: number }[] = [];
  for (let record = 0; record < length; record++) {
    const numExamples = await readFields(record)
      .then(({ fields }) => layout.numExamples?.(fields) ?? 1)
      .catch(() => 1);
    for (let part = 0; part < numExamples; part++) parts.push({ record, part });
  }
  return parts;
}
