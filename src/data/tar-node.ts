/** Where the members of a tar file are, found by its headers alone: ustar, GNU long names and pax paths. Not compressed ones. */
import type { FileHandle } from "node:fs/promises";
import { openDataFile, readRange } from "./data-file-node.js";
import { DataError } from "./example.js";

export interface TarMember {
  readonly name: string;
  /** First byte of its content. */
  readonly offset: number;
  readonly size: number;
}

/** Members by name of the archives that were read last, so that a picture costs one read and not a scan of all headers. */
const scanned = new Map<string, Promise<ReadonlyMap<string, TarMember>>>();
const MAX_SCANNED = 64;

/** The content of a member. @throws DataError when the archive is unsound or has no such member */
export async function readTarMember(path: string, name: string): Promise<Uint8Array> {
  const handle = await openDataFile(path);
  try {
    const known =
      scanned.get(path) ?? scanTar(handle, path).then((list) => new Map(list.map((one) => [one.name, one])));
    scanned.set(path, known);
    known.catch(() => scanned.delete(path));
    if (scanned.size > MAX_SCANNED) scanned.delete(scanned.keys().next().value as string);
    const member = (await known).get(name);
    if (!member) throw new DataError(path, `has no member "${name}"`);
    return await readRange(handle, member.offset, member.size, `${path}!${name}`);
  } finally {
    await handle.close();
  }
}

const BLOCK = 512;

/** Files of the archive in their order. @throws DataError when it is no tar, is compressed, or is cut short */
export async function scanTar(handle: FileHandle, path: string): Promise<TarMember[]> {
  const { size: fileSize } = await handle.stat();
  const members: TarMember[] = [];
  let longName: string | undefined;
  for (let position = 0; position + BLOCK <= fileSize; ) {
    const header = await readRange(handle, position, BLOCK, path);
    if (header.every((byte) => byte === 0)) break;
    const place = `${path} byte ${position}`;
    checkHeader(header, place);
    const size = readNumber(header.subarray(124, 136), place);
    const offset = position + BLOCK;
    if (offset + size > fileSize)
      throw new DataError(place, `a member of ${size} bytes is cut short: the file ends at ${fileSize}`);
    const type = String.fromCharCode(header[156]);
    if (type === "L" || type === "x") {
      const content = new TextDecoder().decode(await readRange(handle, offset, size, place));
      longName = type === "L" ? content.replace(/\0.*$/s, "") : (readPaxPath(content) ?? longName);
    } else {
      if (type === "0" || type === "\0") members.push({ name: longName ?? readName(header), offset, size });
      longName = undefined;
    }
    position = offset + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

function checkHeader(header: Uint8Array, place: string): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  if (sum === Number.parseInt(readText(header.subarray(148, 156)).trim(), 8)) return;
  const isGzip = header[0] === 0x1f && header[1] === 0x8b;
  throw new DataError(
    place,
    isGzip ? "a compressed tar: unpack it with gunzip first" : "no tar header here: not a tar file, or a damaged one",
  );
}

function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or for large files a binary number marked by its first bit. */
function readNumber(bytes: Uint8Array, place: string): number {
  if (bytes[0] & 0x80) return bytes.subarray(1).reduce((value, byte) => value * 256 + byte, bytes[0] & 0x7f);
  const value = Number.parseInt(readText(bytes).trim() || "0", 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new DataError(place, `"${readText(bytes)}" is no size`);
  return value;
}

function readName(header: Uint8Array): string {
  const isUstar = readText(header.subarray(257, 263)) === "ustar";
  const prefix = isUstar ? readText(header.subarray(345, 500)) : "";
  const name = readText(header.subarray(0, 100));
  return prefix ? `${prefix}/${name}` : name;
}

function readPaxPath(content: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(content)?.[1];
}
