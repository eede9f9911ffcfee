/**
 * Examples from a WebDataset shard: a tar whose members with the same name up to the first dot of the file name are one record
 * (a/0001.jpg + a/0001.txt or a/0001.json). Headers are gone through once; contents are read when asked for.
 */
import { basename, dirname, resolve } from "node:path";
import { checkedAt, decodeText, isHidden, openDataFile } from "./data-file-node.js";
import { DataError, type Example, type ExampleSource } from "./example.js";
import { bytesImage, openImage } from "./image-files-node.js";
import type { FileSourceOptions } from "./jsonl-node.js";
import { exampleFromRecord } from "./record.js";
import { readContent, scanTar, type TarMember } from "./tar-node.js";

export const IMAGE_EXTENSIONS: readonly string[] = ["jpg", "jpeg", "png", "webp", "gif"];

/** Members of one record by what follows the first dot, in small letters. */
interface Group {
  readonly stem: string;
  readonly members: ReadonlyMap<string, TarMember>;
}

/** @throws DataError when the file is no tar, is compressed or has no records */
export async function webDatasetSource({ path, name, captionTask }: FileSourceOptions): Promise<ExampleSource> {
  const handle = await openDataFile(path);
  const groups = await scanTar(handle, path)
    .then(groupMembers)
    .catch(async (cause: unknown) => {
      await handle.close();
      throw cause;
    });
  const content = (member: TarMember, place: string) => readContent(handle, member, place);
  return {
    name: name ?? basename(path),
    length: groups.length,
    async read(index): Promise<Example> {
      const { stem, members } = checkedAt(groups, index, path);
      const place = `${path}!${stem}`;
      const extension = IMAGE_EXTENSIONS.find((candidate) => members.has(candidate));
      const image = extension && (members.get(extension) as TarMember);
      if (!image) checkTexts(members, place);
      const record = await readFields(members, (member) => content(member, place), place);
      return exampleFromRecord(image ? { ...record, image } : record, {
        place,
        ...(captionTask ? { captionTask } : {}),
        openImage: (value) =>
          value === image && image
            ? bytesImage(
                () => content(image, place),
                place,
                `${resolve(path)}!${image.name}`,
                `the picture "${image.name}"`,
              )
            : openImage(value, place, dirname(resolve(path)), `${resolve(path)}!${stem}`),
      });
    },
    dispose: () => handle.close(),
  };
}

/** @throws DataError where a member is no text: it may be a picture that nobody would miss */
function checkTexts(members: Group["members"], place: string): void {
  const others = [...members.keys()].filter((extension) => extension !== "json" && extension !== "txt");
  if (others.length === 0) return;
  const known = IMAGE_EXTENSIONS.map((extension) => `.${extension}`).join(", ");
  throw new DataError(
    place,
    `no picture (${known}) beside its .${others.join(", .")}: convert them, or leave them out of the tar`,
  );
}

/** The .json's fields; the .txt is the caption of a picture, or the text where there is none. */
async function readFields(
  members: Group["members"],
  content: (member: TarMember) => Promise<Uint8Array>,
  place: string,
): Promise<Record<string, unknown>> {
  const json = members.get("json");
  const txt = members.get("txt");
  let fields: Record<string, unknown> = {};
  if (json) {
    const text = decodeText(await content(json), `${place}.json`);
    try {
      fields = JSON.parse(text) as Record<string, unknown>;
    } catch (cause) {
      throw new DataError(place, `its .json is not JSON: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  if (!txt) return fields;
  const hasImage = IMAGE_EXTENSIONS.some((extension) => members.has(extension));
  return { ...fields, [hasImage ? "caption" : "text"]: decodeText(await content(txt), `${place}.txt`).trim() };
}

/** Hidden members do not count. */
function groupMembers(members: ReadonlyMap<string, TarMember>): Group[] {
  const groups = new Map<string, Map<string, TarMember>>();
  for (const member of members.values()) {
    const [, stem, extension] = /^(.*?[^/.][^/.]*)\.([^/]+)$/.exec(member.name) ?? [];
    if (stem === undefined || extension === undefined || isHidden(basename(member.name))) continue;
    const group = groups.get(stem) ?? new Map<string, TarMember>();
    group.set(extension.toLowerCase(), member);
    groups.set(stem, group);
  }
  return [...groups].map(([stem, found]) => ({ stem, members: found }));
}
