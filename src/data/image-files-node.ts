/** Pictures that records name or hold: a path, base64 or bytes, opened as sources whose errors say where the record stands. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { decodeImage } from "#image-codec";
import type { ImageSource } from "../images/image.js";
import { DataError } from "./example.js";
import { readTarMember } from "./tar-node.js";

/**
 * The picture of a record.
 * @param value a path (absolute or relative to `directory`), a member of a tar as "shard.tar!a/1.png", base64 or a `data:` URL,
 *   bytes, or {bytes, path} as Hugging Face writes it
 * @param key what the picture is called when it has no path of its own
 * @throws DataError when the value can be no picture; its `load` does when there is no such file, or it is damaged
 */
export function openImage(value: unknown, place: string, directory: string, key: string): ImageSource {
  if (value instanceof Uint8Array) return bytesImage(async () => value, place, key, "the picture");
  if (typeof value === "string" && value !== "") return fromText(value, place, directory, key);
  if (typeof value === "object" && value !== null) {
    const { bytes, path } = value as { bytes?: unknown; path?: unknown };
    if (bytes != null) return openImage(bytes, place, directory, key);
    if (path != null) return openImage(path, place, directory, key);
  }
  throw new DataError(
    place,
    `image must be a path, "file.tar!member", base64, bytes or {bytes, path}, not ${JSON.stringify(value) ?? "nothing"}`,
  );
}

function fromText(text: string, place: string, directory: string, key: string): ImageSource {
  const encoded = /^data:[^,]*;base64,(.*)$/s.exec(text)?.[1] ?? (isBase64(text) ? text : undefined);
  if (encoded !== undefined) return bytesImage(async () => Buffer.from(encoded, "base64"), place, key, "the picture");
  const [, tar, member] = /^(.+\.tar)!(.+)$/s.exec(text) ?? [];
  if (tar !== undefined) {
    const path = resolve(directory, tar);
    return bytesImage(() => readTarMember(path, member), place, `${path}!${member}`, `the picture "${text}"`);
  }
  const path = resolve(directory, text);
  return bytesImage(() => readFile(path), place, `file:${path}`, `the picture "${text}"`);
}

/** Names of pictures have a dot before their ending; base64 has none. */
function isBase64(text: string): boolean {
  return text.length >= 64 && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text);
}

/** A picture whose file is read when it is needed. */
export function bytesImage(read: () => Promise<Uint8Array>, place: string, key: string, what: string): ImageSource {
  return {
    key,
    async load() {
      try {
        return await decodeImage(await read());
      } catch (cause) {
        throw new DataError(place, `${what} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
      }
    },
  };
}
