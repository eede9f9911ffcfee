/** Where the files in a ZIP archive lie, for archives that store them as they are: all that PyTorch's files ask for. */
import { FileError, type RandomAccessFile } from "./files.js";

/** A file of the archive: its bytes, as they are, within the archive. */
export interface ZipEntry {
  readonly offset: number;
  readonly length: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record may have a comment of this length after it. */
const MAX_COMMENT = 65_535;
/** Entries of the largest models take a few megabytes. */
const MAX_DIRECTORY_BYTES = 100_000_000;

/**
 * The files of an archive by name.
 * @throws FileError when it is no such archive, is damaged, or compresses what it holds
 */
export async function readZipEntries(file: RandomAccessFile): Promise<Map<string, ZipEntry>> {
  const { offset, length, count } = await findDirectory(file);
  if (length > MAX_DIRECTORY_BYTES || offset + length > file.size)
    throw damaged(file, "its directory lies beyond its end");
  const directory = viewOf(await file.read(offset, length));
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || directory.getUint32(at, true) !== CENTRAL) throw damaged(file, `entry ${i} is none`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > length) throw damaged(file, `entry ${i} is cut short`);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, nameLength));
    if (directory.getUint16(at + 10, true) !== 0) {
      throw new FileError(file.path, `${name} in it is compressed: load it with PyTorch and save it as safetensors`);
    }
    const sizes = [20, 24, 42].map((field) => directory.getUint32(at + field, true));
    const [, size, local] = widened(directory, at + 46 + nameLength, extraLength, sizes);
    entries.set(name, { offset: await dataOffset(file, local, size, name), length: size });
    at = next;
  }
  return entries;
}

async function findDirectory(file: RandomAccessFile): Promise<{ offset: number; length: number; count: number }> {
  const start = Math.max(0, file.size - MAX_COMMENT - 22);
  const tail = viewOf(await file.read(start, file.size - start));
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw damaged(file, "it has no directory");
  const [count, length, offset] = [
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
  ];
  if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR_64) return { offset, length, count };
  const wideAt = Number(tail.getBigUint64(at - 12, true));
  if (wideAt + 56 > file.size) throw damaged(file, "its directory lies beyond its end");
  const wide = viewOf(await file.read(wideAt, 56));
  if (wide.getUint32(0, true) !== END_64) throw damaged(file, "it has no directory");
  const [wideCount, wideLength, wideOffset] = [32, 40, 48].map((field) => Number(wide.getBigUint64(field, true)));
  return { offset: wideOffset, length: wideLength, count: wideCount };
}

/** Sizes that did not fit into 32 bits are in the extra field with the number 1, in their order. */
function widened(view: DataView, start: number, length: number, values: readonly number[]): number[] {
  for (let at = start; at + 4 <= start + length; ) {
    const size = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      let next = at + 4;
      const end = Math.min(next + size, start + length);
      // The directory's order is: uncompressed, compressed, place.
      const wide = [1, 0, 2].filter((i) => values[i] === 0xffffffff);
      const result = [...values];
      for (const i of wide) {
        if (next + 8 > end) break;
        result[i] = Number(view.getBigUint64(next, true));
        next += 8;
      }
      return result;
    }
    at += 4 + size;
  }
  return [...values];
}

/** An entry's bytes come after a header whose length only it knows. */
async function dataOffset(file: RandomAccessFile, local: number, size: number, name: string): Promise<number> {
  if (local + 30 > file.size) throw damaged(file, `${name} lies beyond its end`);
  const header = viewOf(await file.read(local, 30));
  if (header.getUint32(0, true) !== LOCAL) throw damaged(file, `${name} is not where the directory says`);
  const offset = local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (offset + size > file.size) throw damaged(file, `${name} lies beyond its end`);
  return offset;
}

function damaged({ path }: RandomAccessFile, problem: string): FileError {
  return new FileError(path, `is no sound ZIP archive: ${problem}. Download or copy it again`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
