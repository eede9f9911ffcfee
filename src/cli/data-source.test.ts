import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDataSource } from "./data-source.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-source-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("files and folders of files are known by their endings, the folder of pictures by none", async () => {
  const record = JSON.stringify({ prompt: "2+2", answer: "4" });
  const columnData = ["prompt", "answer"].map((name) => ({ name, data: ["4"], type: "STRING" as const }));
  for (const name of ["lines", "rows"]) await mkdir(join(directory, name));
  await writeFile(join(directory, "lines/a.ndjson"), record);
  await writeFile(join(directory, "lines/._b.parquet"), "what a system keeps");
  parquetWriteFile({ filename: join(directory, "rows/a.parquet"), columnData });
  for (const path of ["lines/a.ndjson", "lines", "rows"]) {
    const source = await openDataSource(join(directory, path), {});
    expect(await source.read(0), path).toMatchObject({ task: "lm_chat", answer: "4" });
    await source.dispose?.();
  }
  await writeFile(join(directory, "rows/more.jsonl"), record);
  await expect(openDataSource(join(directory, "rows"), {})).rejects.toThrow(
    /rows has files of several kinds\. Say by --type which to take: parquet, jsonl/,
  );
  await mkdir(join(directory, "pictures"));
  await expect(openDataSource(join(directory, "pictures"), {})).rejects.toThrow("has no pictures");
  for (const name of ["a.png", "backup.tar"]) await writeFile(join(directory, "pictures", name), "");
  await expect(openDataSource(join(directory, "pictures"), {})).rejects.toThrow("to take: image-folder, webdataset");
  await writeFile(join(directory, "pictures/a.txt"), "a picture");
  expect(await openDataSource(join(directory, "pictures"), {})).toMatchObject({ length: 1 });
  await expect(openDataSource("data.txt", {})).rejects.toThrow(
    /what is in data\.txt\? Say it by --type: jsonl, parquet, webdataset, image-folder, conversations/,
  );
});
