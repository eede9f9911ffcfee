/** Where members of a tar file are, by its headers alone: ustar, GNU long names, pax paths and sizes, links. Not compressed ones. */
import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { openDataFile, readRange } from "./data-file-node.js";
import { DataError } from "./example.js";

export interface TarMember {
  readonly name: string;
  /** First byte of its content. */
  readonly offset: number;
  readonly size: number;
  /** What it links to, where that is no member ahead of it. */
  readonly missing?: string;
}

/** Members by name of the archives that were read last, so that a picture costs one read and not a scan of all headers. */
const scanned = new Map<string, Promise<ReadonlyMap<string, TarMember>>>();
const MAX_SCANNED = 64;

/** The content of a member. @throws DataError when the archive is unsound or has no such member */
export async function readTarMember(path: string, name: string): Promise<Uint8Array> {
  const handle = await openDataFile(path);
  try {
    const known = scanned.get(path) ?? scanTar(handle, path);
    scanned.set(path, known);
    known.catch(() => scanned.delete(path));
    if (scanned.size > MAX_SCANNED) scanned.delete(scanned.keys().next().value as string);
    const member = (await known).get(posix.resolve("/", name));
    if (!member) throw new DataError(path, `has no member "${name}"`);
    return await readContent(handle, member, `${path}!${name}`);
  } finally {
    await handle.close();
  }
}

/** The content of a member. @throws DataError when it is a link to what is not there */
export async function readContent(
  handle: FileHandle,
  { name, offset, size, missing }: TarMember,
  place: string,
): Promise<Uint8Array> {
  if (missing === undefined) return readRange(handle, offset, size, place);
  throw new DataError(
    place,
    `"${name}" is a link to "${missing}", which no member ahead of it is: pack files, not links (tar --dereference)`,
  );
}

const BLOCK = 512;

/**
 * Files of the archive in their order, by their names from "/" on; a link is what it links to.
 * @throws DataError when it is no tar, is compressed, or is cut short
 */
export async function scanTar(handle: FileHandle, path: string): Promise<ReadonlyMap<string, TarMember>> {
  const { size: fileSize } = await handle.stat();
  const members = new Map<string, TarMember>();
  let [longName, longTarget, longSize]: readonly (string | undefined)[] = [];
  for (let position = 0; position + BLOCK <= fileSize; ) {
    const header = await readRange(handle, position, BLOCK, path);
    if (header.every((byte) => byte === 0)) break;
    const place = `${path} byte ${position}`;
    checkHeader(header, place);
    const type = String.fromCharCode(header[156]);
    const isLink = type === "1" || type === "2";
    // A hard link may tell the size of its file, but has no content.
    const size = isLink ? 0 : longSize === undefined ? readNumber(header.subarray(124, 136), place) : Number(longSize);
    const offset = position + BLOCK;
    if (offset + size > fileSize)
      throw new DataError(place, `a member of ${size} bytes is cut short: the file ends at ${fileSize}`);
    if (type === "L" || type === "K" || type === "x") {
      const content = new TextDecoder().decode(await readRange(handle, offset, size, place));
      const [name, target, length] = readLong(type, content);
      [longName, longTarget, longSize] = [name ?? longName, target ?? longTarget, length ?? longSize];
    } else {
      const name = longName ?? readName(header);
      const key = posix.resolve("/", name);
      if (isLink) {
        const target = longTarget ?? readText(header.subarray(157, 257));
        // A symbolic one is as seen from its own folder.
        const found = members.get(posix.resolve("/", type === "2" ? posix.dirname(name) : "", target));
        members.set(key, { ...(found ?? { offset, size, missing: target }), name });
      } else if (type === "0" || type === "\0") members.set(key, { name, offset, size });
      [longName, longTarget, longSize] = [undefined, undefined, undefined];
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

/** Name of the next member, what it links to, and its size, where its header has no room for them: GNU's L and K, or an x of pax. */
function readLong(type: "L" | "K" | "x", content: string): readonly (string | undefined)[] {
  if (type === "x") {
    const [name, target] = ["path", "linkpath"].map((key) => new RegExp(`^\\d+ ${key}=(.*)$`, "m").exec(content)?.[1]);
    return [name, target, /^\d+ size=(\d+)$/m.exec(content)?.[1]];
  }
  const text = content.replace(/\0.*$/s, "");
  return type === "L" ? [text] : [undefined, text];
}
