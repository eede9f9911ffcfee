import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileWriter, ParquetWriter, parquetWriteFile, schemaFromColumnData } from "hyparquet-writer";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeImage } from "#image-codec";
import { blankImage } from "../images/image.js";
import { concatenateSources } from "./concatenated.js";
import { DataError, type ExampleSource } from "./example.js";
import { imageFolderSource } from "./image-folder-node.js";
import { jsonlSource } from "./jsonl-node.js";
import { parquetSource } from "./parquet-node.js";
import { openSource, sourceSchema } from "./sources-node.js";
import { webDatasetSource } from "./webdataset-node.js";

let directory: string;
let red: Uint8Array;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mmada-data-"));
  red = await encodeImage(blankImage(12, 10, [250, 10, 20]), "png");
  await writeFile(join(directory, "red.png"), red);
  await writeFile(join(directory, "broken.png"), red.subarray(0, red.length - 20));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const isRed = { width: 12, height: 10 };

/** Two rows, `text`, as polars writes them when nothing else is said: compressed with Zstandard. */
const OF_POLARS = [
  "UEFSMRUEFXgVWkwVBBUAAAAotS/9IDwlAQDwLgAAAHRoZSBzYW1lIHdvcmRzLCAGAAAAb3RoZXJzAQBGnEwVABUSFSQsFQQVEBUGFQYAACi1",
  "L/0gCUkAAAIAAAAEAQEDAhUMGTUABhAZGAR0ZXh0FQwWBBbGARa6ASZ8JggAGRwWfBVGFgAAABUCGSxIBHJvb3QVAgAVDCUCGAR0ZXh0JQBM",
  "HAAAABYEGRwZHCa2AhwVDBk1AAYQGRgEdGV4dBUMFgQWxgEWugEmfCYIABb8ARUUABbGARYEJggWugEUAAAZHBgMQVJST1c6c2NoZW1hGJwB",
  "Ly8vLy8yMEFBQUFFQUFBQTh2Ly8veFFBQUFBRUFBRUFBQUFLQUFzQUNBQUtBQVFBK1AvLy93d0FBQUFJQUFnQUFBQUVBQUVBQUFBRUFBQUE3",
  "UC8vL3l3QUFBQWdBQUFBR0FBQUFBRVVBQUFRQUJJQUJBQVFBQkVBQ0FBQUFBd0FBQUFBQVB6Ly8vOEVBQVFBQkFBQUFIUmxlSFFBABhOUG9s",
  "YXJzIChweXRob24pIHZlcnNpb24gMi4xLjAgKGJ1aWxkIDdmOTAyYmQzZmZkMjdmZjgyZDE0Mjc4YTA5YTI5NWZmMmY3YWVkOTIpGRwcAAAA",
  "XgEAAFBBUjE=",
].join("");

describe("jsonlSource", () => {
  test("reads the full form and every short one", async () => {
    const base64 = Buffer.from(red).toString("base64");
    const asTurn = (content: string, i: number) => ({ role: i % 2 ? "assistant" : "user", content });
    const records = [
      {
        task: "lm_chat",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Hi" },
        ],
        answer: "Hello",
      },
      { prompt: "2+2", answer: 4 },
      { question: "What colour?", image: "red.png", answer: "red" },
      { caption: "a red picture", image: at("red.png") },
      { text: "Just text." },
      { prompt: "a red picture", image: base64, reasoning: "red means 250,10,20" },
      { caption: "a prompt for reinforcement" },
      { prompt: "a red picture", image: { bytes: `data:image/png;base64,${base64}`, path: null } },
      { task: "lm_chat", messages: ["Hi", "Hello", "Bye?"].map(asTurn).concat(asTurn("Bye.", 3)) },
    ];
    await writeFile(at("all.jsonl"), `\uFEFF${records.map((record) => JSON.stringify(record)).join("\r\n\n")}`);
    const source = await jsonlSource({ path: at("all.jsonl") });
    expect(source).toMatchObject({ length: 9, name: "all.jsonl" });
    const examples = await Promise.all(records.map((_, i) => source.read(i)));
    const tasks = ["lm_chat", "lm_chat", "mmu", "t2i", "lm", "r2i", "t2i", "t2i", "lm_chat"];
    expect(examples.map(({ task }) => task)).toEqual(tasks);
    expect(examples[8]).toMatchObject({ messages: ["Hi", "Hello", "Bye?"].map(asTurn), answer: "Bye." });
    expect(examples[6]).not.toHaveProperty("image");
    expect(examples[0].messages).toHaveLength(2);
    expect(examples[1]).toEqual({ task: "lm_chat", messages: [{ role: "user", content: "2+2" }], answer: "4" });
    expect(examples[4]).toEqual({ task: "lm", messages: [], answer: "Just text." });
    for (const i of [2, 3, 5, 7]) expect(await examples[i].image?.load()).toMatchObject(isRed);
    expect(examples[2].image?.key).toBe(examples[3].image?.key);
    await source.dispose?.();
  });

  test("names the line of a broken record", async () => {
    const lines = [
      "",
      '{"prompt": "2+2", "answer": "4"}',
      '{"prompt": "2+2", ',
      '{"prompt": "2+2"}',
      '{"task": "chat", "messages": []}',
      '{"task": "mmu", "messages": [{"role": "user", "content": "?"}], "answer": "x"}',
      '{"task": "lm_chat", "messages": [{"role": "bot", "content": "?"}], "answer": "x"}',
      "[1]",
      '{"caption": "c", "image": "broken.png"}',
      '{"caption": "c", "image": "absent.png"}',
      '{"caption": "c", "image": 5}',
      '{"task": "lm_chat", "messages": [{"role": "user", "content": "?"}], "answer": "x", "given": "y"}',
      '{"task": "lm_chat", "messages": [{"role": "assistant", "content": "x"}], "answer": "x"}',
      '{"task": "t2i", "messages": [{"role": "assistant", "content": "x"}]}',
    ];
    await writeFile(at("broken.jsonl"), lines.join("\n"));
    const source = await jsonlSource({ path: at("broken.jsonl") });
    expect(source.length).toBe(13);
    const reasons = [
      "3: not JSON",
      "4: there is a prompt but neither an answer nor an image",
      "5: task must be one of lm, lm_chat",
      "6: an example of task mmu needs an image",
      "7: messages[0] must be",
      "8: a record must be an object",
    ];
    for (const [i, reason] of reasons.entries()) {
      const error = await source.read(i + 1).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toContain(`broken.jsonl:${reason}`);
    }
    for (const [index, reason] of [
      [7, '9: the picture "broken.png" cannot be read'],
      [8, "10: the picture"],
    ] as const) {
      const { image } = await source.read(index);
      await expect(image?.load()).rejects.toThrow(`broken.jsonl:${reason}`);
    }
    await expect(source.read(9)).rejects.toThrow("broken.jsonl:11: image must be a path");
    await expect(source.read(10)).rejects.toThrow("broken.jsonl:12: an example of task lm_chat needs reasoning, or an");
    await expect(source.read(11)).rejects.toThrow("13: an example of task lm_chat needs its answer once");
    await expect(source.read(12)).rejects.toThrow("14: an example of task t2i needs messages that end with the user's");
    await expect(source.read(13)).rejects.toThrow(RangeError);
    await source.dispose?.();
  });

  test("a byte order mark is no record", async () => {
    await writeFile(at("mark.jsonl"), '\uFEFF\n{"text": "first"}');
    const source = await jsonlSource({ path: at("mark.jsonl") });
    expect(source.length).toBe(1);
    expect((await source.read(0)).answer).toBe("first");
    await source.dispose?.();
  });

  test("refuses an absent and an empty file", async () => {
    await writeFile(at("empty.jsonl"), "\n \n");
    await expect(jsonlSource({ path: at("empty.jsonl") })).rejects.toThrow("has no records");
    await expect(jsonlSource({ path: at("absent.jsonl") })).rejects.toThrow("cannot be opened");
    await expect(jsonlSource({ path: directory })).rejects.toThrow(`${directory}: cannot be read: EISDIR`);
  });
});

describe("parquetSource", () => {
  test("reads rows across row groups, columns mapped, pictures as bytes or structures", async () => {
    const count = 10;
    const column = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
    parquetWriteFile({
      filename: at("rows.parquet"),
      rowGroupSize: 3,
      columnData: [
        { name: "problem", data: column((i) => `${i} + ${i} = ?`), type: "STRING" },
        { name: "solution", data: column((i) => String(2 * i)), type: "STRING" },
        { name: "picture", data: column(() => red), type: "BYTE_ARRAY" },
      ],
    });
    const chat = await parquetSource({
      path: at("rows.parquet"),
      columns: { prompt: "problem", answer: "solution" },
      numKeptGroups: 1,
    });
    expect(chat.length).toBe(count);
    for (const i of [9, 0, 5, 3, 4]) {
      expect(await chat.read(i)).toEqual({
        task: "lm_chat",
        messages: [{ role: "user", content: `${i} + ${i} = ?` }],
        answer: String(2 * i),
      });
    }
    await chat.dispose?.();
    const drawn = await parquetSource({ path: at("rows.parquet"), columns: { caption: "problem", image: "picture" } });
    const example = await drawn.read(7);
    expect(example.messages[0].content).toBe("7 + 7 = ?");
    expect(await example.image?.load()).toMatchObject(isRed);
    await drawn.dispose?.();
  });

  test("whole numbers of 64 bits become what can be written as JSON", async () => {
    const columnData = [
      { name: "level", data: [5n, 2n ** 60n], type: "INT64" as const },
      { name: "problem", data: ["1 + 1?", "2 + 2?"], type: "STRING" as const },
      { name: "solution", data: ["\\boxed{2}", "\\boxed{4}"], type: "STRING" as const },
    ];
    parquetWriteFile({ filename: at("levels.parquet"), columnData });
    const source = await openSource(sourceSchema.parse({ type: "math", path: "levels.parquet" }), {
      directory,
      seed: 0,
    });
    const examples = [await source.read(0), await source.read(1)];
    expect(examples.map(({ metadata }) => metadata)).toEqual([{ level: 5 }, { level: "1152921504606846976" }]);
    expect(JSON.stringify(examples)).toContain('"level":5');
    await source.dispose?.();
  });

  test.each([
    ["GZIP", gzipSync],
    ["BROTLI", brotliCompressSync],
  ] as const)("reads what %s has compressed", async (codec, compress) => {
    const columnData = [{ name: "text", data: ["so it is, ".repeat(9), "else"], type: "STRING" as const }];
    const compressors = { [codec]: (bytes: Uint8Array) => new Uint8Array(compress(bytes)) };
    parquetWriteFile({ filename: at("compressed.parquet"), columnData, codec, compressors });
    const source = await parquetSource({ path: at("compressed.parquet") });
    expect(await source.read(0)).toEqual({ task: "lm", messages: [], answer: "so it is, ".repeat(9) });
    await source.dispose?.();
  });

  test("reads what polars writes", async () => {
    await writeFile(at("polars.parquet"), Buffer.from(OF_POLARS, "base64"));
    const source = await parquetSource({ path: at("polars.parquet") });
    expect((await source.read(0)).answer).toBe("the same words, the same words, the same words");
    expect((await source.read(1)).answer).toBe("others");
    await source.dispose?.();
  });

  test.each(["UTF8", undefined] as const)("tells of a text of type %s that is no UTF-8", async (type) => {
    const latin = Buffer.from("un carré", "latin1");
    const columnData = [
      { name: "text", data: [Buffer.from("ein Käse"), latin] },
      { name: "unread", data: [latin, latin] },
    ];
    const schema = schemaFromColumnData({ columnData: columnData.map((one) => ({ ...one, type: "BYTE_ARRAY" })) });
    const writer = new ParquetWriter({ writer: fileWriter(at("latin.parquet")), schema });
    writer.write({ columnData });
    // Whoever wrote such bytes may have called them a text.
    for (const column of schema.slice(1)) if (type) column.converted_type = type;
    writer.finish();
    const source = await parquetSource({ path: at("latin.parquet") });
    expect((await source.read(0)).answer).toBe("ein Käse");
    const broken = source.read(1);
    await expect(broken).rejects.toThrow("latin.parquet row 2 text: not UTF-8: write the column as UTF-8");
    await expect(broken).rejects.toBeInstanceOf(DataError);
    await source.dispose?.();
  });

  test("a time is text", async () => {
    const columnData = [
      { name: "prompt", data: ["When?"], type: "STRING" as const },
      { name: "answer", data: [new Date("2024-05-06T07:08:09Z")], type: "TIMESTAMP" as const },
    ];
    parquetWriteFile({ filename: at("times.parquet"), columnData });
    const source = await parquetSource({ path: at("times.parquet") });
    expect((await source.read(0)).answer).toBe("2024-05-06T07:08:09.000Z");
    await source.dispose?.();
  });

  describe("row groups", () => {
    type Group = ParquetWriter["row_groups"][number];
    const EMPTY: Group = { columns: [], total_byte_size: 0n, num_rows: 0n };
    /** Five rows in groups of two, and what else the file claims. */
    const openWith = (claim: (writer: ParquetWriter) => void): Promise<ExampleSource> => {
      const data = Array.from({ length: 5 }, (_, i) => `row ${i}`);
      const schema = schemaFromColumnData({ columnData: [{ name: "text", data, type: "STRING" }] });
      const writer = new ParquetWriter({ writer: fileWriter(at("claims.parquet")), schema });
      writer.write({ columnData: [{ name: "text", data }], rowGroupSize: 2 });
      claim(writer);
      writer.finish();
      return parquetSource({ path: at("claims.parquet") });
    };

    test("are found by their rows, also where some have none", async () => {
      const source = await openWith(({ row_groups }) => {
        row_groups.splice(1, 0, EMPTY);
        row_groups.push(EMPTY);
      });
      expect(source.length).toBe(5);
      for (const i of [4, 0, 1, 2, 3]) expect((await source.read(i)).answer).toBe(`row ${i}`);
      for (const index of [-1, 5, 0.5]) await expect(source.read(index)).rejects.toThrow("has records 0 to 4");
      await source.dispose?.();
    });

    test("take no memory for the rows that they claim", async () => {
      const many = { ...EMPTY, num_rows: 2n ** 40n };
      const source = await openWith((writer) => {
        writer.row_groups.push(many);
        writer.num_rows += many.num_rows;
      });
      expect(source.length).toBe(5 + 2 ** 40);
      await source.dispose?.();
    });

    test("must have as many rows as the file says, and none fewer than no rows", async () => {
      const more = openWith((writer) => {
        writer.num_rows = 6n;
      });
      await expect(more).rejects.toThrow("its row groups of 2, 2, 1 rows are not the 6 rows it says");
      await expect(more).rejects.toBeInstanceOf(DataError);
      const negative = openWith(({ row_groups }) => {
        row_groups.push({ ...EMPTY, num_rows: 3n }, { ...EMPTY, num_rows: -3n });
      });
      await expect(negative).rejects.toThrow("its row groups of 2, 2, 1, 3, -3 rows");
    });
  });

  test("tells of a line that is no UTF-8", async () => {
    await writeFile(at("latin.jsonl"), Buffer.from('{"prompt": "q", "answer": "\xe4"}', "latin1"));
    const source = await jsonlSource({ path: at("latin.jsonl") });
    await expect(source.read(0)).rejects.toThrow("latin.jsonl:1: not UTF-8: convert the file");
    await source.dispose?.();
  });

  test("what is within a structure is no column", async () => {
    parquetWriteFile({
      filename: at("nested.parquet"),
      schema: [
        { name: "root", num_children: 2 },
        { name: "picture", num_children: 2, repetition_type: "OPTIONAL" },
        { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
        { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "picture", data: [{ bytes: red, path: "a.png" }] },
        { name: "text", data: ["a red picture"] },
      ],
    });
    const opened = (columns: Record<string, string>) => parquetSource({ path: at("nested.parquet"), columns });
    await expect(opened({ caption: "bytes" })).rejects.toThrow("no column bytes; there are picture, text");
    const source = await opened({ caption: "text", image: "picture" });
    expect(await (await source.read(0)).image?.load()).toMatchObject(isRed);
    await source.dispose?.();
  });

  test("says which columns there are, and that a file is none", async () => {
    const wrong = parquetSource({ path: at("rows.parquet"), columns: { prompt: "question" } });
    await expect(wrong).rejects.toThrow("no column question; there are problem, solution, picture");
    await expect(parquetSource({ path: at("red.png") })).rejects.toThrow("red.png: cannot be read as Parquet");
  });
});

describe("webDatasetSource", () => {
  type Link = { type: "link" | "symlink"; linkname: string };
  const writeTar = async (name: string, members: Record<string, string | Uint8Array | Link>): Promise<void> => {
    const archive = pack();
    for (const [member, content] of Object.entries(members)) {
      if (typeof content === "object" && "linkname" in content) archive.entry({ name: member, ...content });
      else archive.entry({ name: member }, Buffer.from(content));
    }
    archive.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) chunks.push(chunk as Uint8Array);
    await writeFile(at(name), Buffer.concat(chunks));
  };

  test("groups members by their stem, long names too", async () => {
    const long = `${"deep/".repeat(60)}0003`;
    await writeTar("shard.tar", {
      "a/0001.png": red,
      "a/0001.txt": "a red picture\n",
      "a/0002.json": JSON.stringify({ prompt: "2+2", answer: "4" }),
      [`${long}.PNG`]: red,
      [`${long}.json`]: JSON.stringify({ question: "What colour?", answer: "red" }),
      "b/0004.txt": "no picture",
      "b/0005.png": red,
      "a/._0001.png": "what macOS keeps",
      "a/._0001.txt": "what macOS keeps",
    });
    const source = await webDatasetSource({ path: at("shard.tar") });
    expect(source.length).toBe(5);
    const caption = await source.read(0);
    expect(caption).toMatchObject({ task: "t2i", messages: [{ content: "a red picture" }] });
    expect(await caption.image?.load()).toMatchObject(isRed);
    expect(await source.read(1)).toMatchObject({ task: "lm_chat", answer: "4" });
    const asked = await source.read(2);
    expect(asked).toMatchObject({ task: "mmu", answer: "red" });
    expect(await asked.image?.load()).toMatchObject(isRed);
    expect(await source.read(3)).toMatchObject({ task: "lm", answer: "no picture" });
    await expect(source.read(4)).rejects.toThrow("shard.tar!b/0005: no known fields");
    await source.dispose?.();
  });

  test("tells of texts that are no UTF-8", async () => {
    const latin = Buffer.from("un carré", "latin1");
    await writeTar("latin.tar", { "1.png": red, "1.txt": latin, "2.json": Buffer.from('{"text": "é"}', "latin1") });
    const source = await webDatasetSource({ path: at("latin.tar") });
    await expect(source.read(0)).rejects.toThrow("latin.tar!1.txt: not UTF-8: convert the file");
    await expect(source.read(1)).rejects.toThrow("latin.tar!2.json: not UTF-8");
    await source.dispose?.();
  });

  test("a picture of an unknown kind is no plain text", async () => {
    await writeTar("kinds.tar", {
      "1.BMP": red,
      "1.txt": "red",
      "1.cls": "0",
      "2.png": red,
      "2.txt": "red",
      "2.cls": "0",
    });
    const source = await webDatasetSource({ path: at("kinds.tar") });
    await expect(source.read(0)).rejects.toThrow(
      /kinds.tar!1: no picture \(\.jpg, .*\) beside its \.bmp, \.cls: convert/,
    );
    expect(await source.read(1)).toMatchObject({ task: "t2i" });
    await source.dispose?.();
  });

  test("a link is what stands ahead of it", async () => {
    const deep = "deep/".repeat(60);
    await writeTar("links.tar", {
      "./a/1.png": red,
      "./a/1.txt": "red",
      "./b/2.png": { type: "symlink", linkname: "../a/1.png" },
      "./b/2.txt": { type: "link", linkname: "./a/1.txt" },
      [`${deep}3.png`]: red,
      [`${deep}4.png`]: { type: "link", linkname: `${deep}3.png` },
      [`${deep}4.txt`]: "red",
      "5.png": { type: "symlink", linkname: "/elsewhere/5.png" },
      "5.txt": "red",
    });
    const source = await webDatasetSource({ path: at("links.tar") });
    const images = await Promise.all([0, 1, 3, 4].map(async (index) => (await source.read(index)).image));
    for (const image of images.slice(0, 3)) expect(await image?.load()).toMatchObject(isRed);
    await expect(images[3]?.load()).rejects.toThrow(
      '"5.png" is a link to "/elsewhere/5.png", which no member ahead of it',
    );
    await source.dispose?.();
  });

  test("takes a size from pax, where the header has no room for it", async () => {
    const block = (content: string) => Buffer.concat([Buffer.from(content), Buffer.alloc(512 - content.length)]);
    const header = (name: string, type: string, size: number) => {
      const bytes = block(name);
      bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
      bytes.write(`        ${type}`, 148);
      bytes.write("ustar\x0000", 257);
      const sum = bytes.reduce((total, byte) => total + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
      return bytes;
    };
    const [pax, text, next] = ["11 size=600\n", "a".repeat(600), "b"];
    const members = [
      ...[header("pax", "x", pax.length), block(pax), header("1.txt", "0", 0), block(text.slice(0, 512))],
      ...[block(text.slice(512)), header("2.txt", "0", 1), block(next), Buffer.alloc(1024)],
    ];
    await writeFile(at("pax.tar"), Buffer.concat(members));
    const source = await webDatasetSource({ path: at("pax.tar") });
    expect(source.length).toBe(2);
    expect(await source.read(0)).toMatchObject({ answer: text });
    expect(await source.read(1)).toMatchObject({ answer: next });
    await source.dispose?.();
  });

  test("refuses what is no tar, compressed or cut short", async () => {
    await expect(webDatasetSource({ path: at("all.jsonl") })).rejects.toThrow("not a tar file");
    await writeFile(at("x.tar.gz"), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 1)]));
    await expect(webDatasetSource({ path: at("x.tar.gz") })).rejects.toThrow("unpack it");
    await writeTar("short.tar", { "a.txt": "x".repeat(3000) });
    const { readFile } = await import("node:fs/promises");
    await writeFile(at("short.tar"), (await readFile(at("short.tar"))).subarray(0, 2000));
    await expect(webDatasetSource({ path: at("short.tar") })).rejects.toThrow("cut short");
  });
});

describe("imageFolderSource", () => {
  test("takes captions from texts beside the pictures", async () => {
    await mkdir(at("folder/inner"), { recursive: true });
    await writeFile(at("folder/a.png"), red);
    await writeFile(at("folder/a.txt"), "a red picture\n");
    await writeFile(at("folder/inner/b.png"), red);
    await mkdir(at("folder/.trash"));
    for (const hidden of ["._a.png", ".trash/c.png"]) await writeFile(at(`folder/${hidden}`), red);
    const source = await imageFolderSource({ path: at("folder"), captionTask: "mmu" });
    expect(source).toMatchObject({ name: "folder", length: 2 });
    const example = await source.read(0);
    expect(example).toMatchObject({ task: "mmu", answer: "a red picture" });
    expect(await example.image?.load()).toMatchObject(isRed);
    await expect(source.read(1)).rejects.toThrow("no caption: write it to b.txt");
  });

  test("tells of captions that are no UTF-8, beside a picture or in a table", async () => {
    const latin = (text: string) => Buffer.from(text, "latin1");
    await mkdir(at("latin"));
    await writeFile(at("latin/a.png"), red);
    await writeFile(at("latin/a.txt"), latin("un carré"));
    const source = await imageFolderSource({ path: at("latin") });
    await expect(source.read(0)).rejects.toThrow("a.txt: not UTF-8: convert the file");
    await writeFile(at("latin/metadata.csv"), latin("file_name,text\na.png,un carré\n"));
    await expect(imageFolderSource({ path: at("latin") })).rejects.toThrow("metadata.csv: not UTF-8");
  });

  test("takes them from metadata.jsonl", async () => {
    await mkdir(at("listed"), { recursive: true });
    await writeFile(at("listed/a.png"), red);
    await writeFile(at("listed/metadata.jsonl"), '{"file_name": "a.png", "text": "a red picture"}\n');
    const source = await imageFolderSource({ path: at("listed") });
    const example = await source.read(0);
    expect(example).toMatchObject({ task: "t2i", messages: [{ role: "user", content: "a red picture" }] });
    expect(await example.image?.load()).toMatchObject(isRed);
    await source.dispose?.();
  });

  test("takes them from metadata.csv", async () => {
    await mkdir(at("table"));
    await writeFile(at("table/a.png"), red);
    await writeFile(at("table/metadata.csv"), 'file_name,text\na.png,"a picture, all red"\n');
    const source = await imageFolderSource({ path: at("table") });
    const example = await source.read(0);
    expect(example).toMatchObject({ task: "t2i", messages: [{ role: "user", content: "a picture, all red" }] });
    expect(await example.image?.load()).toMatchObject(isRed);
    await source.dispose?.();
  });

  test("refuses a folder without pictures", async () => {
    await mkdir(at("nothing"), { recursive: true });
    await expect(imageFolderSource({ path: at("nothing") })).rejects.toThrow("has no pictures");
  });
});

describe("openSource", () => {
  const open = (config: unknown) => openSource(sourceSchema.parse(config), { directory, seed: 1 });

  test("opens every type", async () => {
    const configs = [
      { type: "scenes", kind: "t2i", numScenes: 10 },
      { type: "problems", kind: "sum" },
      { type: "emoji", kind: "describe" },
      { type: "jsonl", path: "all.jsonl" },
      { type: "parquet", path: "rows.parquet", columns: { text: "problem" } },
      { type: "webdataset", path: "shard.tar" },
      { type: "image-folder", path: "listed", captionTask: "mmu" },
    ];
    const tasks = [];
    for (const config of configs) {
      const source = await open({ ...config, name: `my ${config.type}` });
      expect(source.name).toBe(`my ${config.type}`);
      tasks.push((await source.read(0)).task);
      await source.dispose?.();
    }
    expect(tasks).toEqual(["t2i", "lm_chat", "mmu", "lm_chat", "lm", "t2i", "mmu"]);
  });

  test("joins several files into one source", async () => {
    const source = await open({ type: "jsonl", path: ["all.jsonl", "all.jsonl"] });
    expect(source).toMatchObject({ length: 18, name: "all.jsonl" });
    expect(await source.read(10)).toEqual(await source.read(1));
    await source.dispose?.();
  });

  test("takes a folder for the files in it, in the order of their names", async () => {
    const write = (name: string, ...texts: string[]) =>
      writeFile(at(name), texts.map((text) => JSON.stringify({ text })).join("\n"));
    await mkdir(at("shards/within"), { recursive: true });
    await mkdir(at("shards/old.jsonl"));
    await write("shards/b.jsonl", "2", "3");
    await write("shards/a.JSONL", "0", "1");
    for (const other of ["notes.txt", ".a.jsonl", "within/c.jsonl"]) await write(`shards/${other}`, "none");
    const source = await open({ type: "jsonl", path: ["shards", "shards/b.jsonl"] });
    expect(source).toMatchObject({ length: 6, name: "shards" });
    const answers = await Promise.all(Array.from({ length: 6 }, async (_, i) => (await source.read(i)).answer));
    expect(answers).toEqual(["0", "1", "2", "3", "2", "3"]);
    await source.dispose?.();
    const rows = [{ name: "content", data: ["plain"], type: "STRING" as const }];
    for (const name of ["0", "1"]) parquetWriteFile({ filename: at(`shards/${name}.parquet`), columnData: rows });
    const parquet = await open({ type: "parquet", path: "shards", columns: { text: "content" } });
    expect(parquet.length).toBe(2);
    expect(await parquet.read(1)).toEqual({ task: "lm", messages: [], answer: "plain" });
    await parquet.dispose?.();
    await expect(open({ type: "webdataset", path: "shards" })).rejects.toThrow(
      /shards: the folder has no \.tar file: give the folder that has, or a file/,
    );
  });

  test("gives generators the run's seed unless they have their own", async () => {
    const [run, own] = [
      await open({ type: "problems", kind: "sum" }),
      await open({ type: "problems", kind: "sum", seed: 2 }),
    ];
    expect(await run.read(3)).not.toEqual(await own.read(3));
  });

  test("refuses unknown options", () => {
    expect(() => sourceSchema.parse({ type: "jsonl", path: "x", shuffel: true })).toThrow("shuffel");
    expect(() => sourceSchema.parse({ type: "csv", path: "x" })).toThrow("type");
  });
});

test("concatenateSources refuses an endless source among others", () => {
  const endless = { name: "e", length: Number.POSITIVE_INFINITY, read: () => Promise.reject(new Error("never")) };
  expect(() => concatenateSources([endless, endless], "x")).toThrow("endless");
});
