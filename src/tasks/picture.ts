/** Pictures of the tasks: from a path, bytes or pixels to codes, and from codes, some of which may be masked, to pixels. */

import { openFile } from "#files";
import { decodeImage } from "#image-codec";
import type { Image } from "../images/image.js";
import { ImageError } from "../images/image-header.js";
import { FIT_MODES, type FitMode, fitImage, fromPixelValues, toPixelValues } from "../images/preprocess.js";
import { drawMask } from "../images/sheet.js";
import { codesTensor, type ImageCodec } from "../model/image-codec.js";
import { checkNumPlaces, type TaskPieces } from "./job.js";
import { OptionError } from "./options.js";

/** A picture: where it is, the bytes of a PNG, JPEG, WebP or GIF, or its pixels. */
export type ImageInput = string | Uint8Array | Image;

/** What tasks with pictures need beyond those without. */
export interface PicturePieces {
  readonly codec: ImageCodec;
  /** Codes of a side. */
  readonly gridSide: number;
  /** Pixels of a side. */
  readonly resolution: number;
}

/** @throws OptionError for a model that has no image tokenizer, or pictures larger than it can see */
export function picturePieces({ imageCodec, imageGrid, maxSequenceLength }: TaskPieces): PicturePieces {
  if (!imageCodec) {
    throw new OptionError(
      "this model was loaded without an image tokenizer, so it knows text alone: put one into its directory as image-tokenizer/, or name one as imageTokenizer, a path or Hub id (on the command line --image-tokenizer)",
    );
  }
  const gridSide = imageGrid ?? Math.floor(imageCodec.config.resolution / imageCodec.downsampling);
  checkNumPlaces(
    gridSide ** 2,
    { maxSequenceLength },
    "its pictures are larger than what it can see; check its config.json",
  );
  return { codec: imageCodec, gridSide, resolution: gridSide * imageCodec.downsampling };
}

/** Pictures are read whole; the largest that are decoded take less, however little they are compressed. */
const MAX_FILE_BYTES = 2 ** 29;

/** A picture's pixels. @throws FileError, ImageError, OptionError when it cannot be read */
export async function loadImage(input: ImageInput): Promise<Image> {
  if (typeof input === "string") {
    const file = await openFile(input);
    try {
      if (file.size > MAX_FILE_BYTES) throw new ImageError(`it has ${file.size} bytes, too many for a picture`);
      return await decodeImage(await file.read(0, file.size));
    } catch (error) {
      throw error instanceof ImageError ? new ImageError(`${input}: ${error.message}`, { cause: error }) : error;
    } finally {
      await file.close();
    }
  }
  if (input instanceof Uint8Array) return decodeImage(input);
  const { width, height, data } = (input ?? {}) as Partial<Image>;
  const isSide = (side: unknown) => Number.isInteger(side) && (side as number) > 0;
  if (isSide(width) && isSide(height) && data?.length === Number(width) * Number(height) * 3) return input;
  throw new OptionError(
    `an image is a path, the bytes of a picture file, or { width, height, data } with width × height × 3 bytes, got ${describe(input)}`,
  );
}

function describe(input: unknown): string {
  const { width, height, data } = (input ?? {}) as Partial<Image>;
  return data === undefined ? String(input) : `${width}×${height} with ${data.length} bytes`;
}

/** A picture as large as the model takes it. */
export async function loadFitted(
  { resolution }: PicturePieces,
  input: ImageInput,
  fit: FitMode = "crop",
): Promise<Image> {
  if (!FIT_MODES.includes(fit)) {
    throw new OptionError(`fit must be one of ${FIT_MODES.join(", ")}, got ${JSON.stringify(fit)}`);
  }
  return fitImage(await loadImage(input), resolution, fit);
}

/** The codes of a picture that was fitted, row by row. One picture at a time: its codes do not hang on others. */
export async function encodePicture({ codec }: Pick<PicturePieces, "codec">, image: Image): Promise<Int32Array> {
  return (await codec.encode(toPixelValues([image]))).data;
}

/** The picture of a grid of codes. */
export async function decodePicture(
  { codec }: Pick<PicturePieces, "codec">,
  codes: ArrayLike<number>,
  gridHeight: number,
  gridWidth: number,
): Promise<Image> {
  return fromPixelValues(await codec.decode(codesTensor(codes), gridHeight, gridWidth))[0];
}

/** The picture of codes some of which are −1, masked: those places are hatched. */
export async function previewPicture(
  pieces: PicturePieces,
  codes: Int32Array,
  gridHeight: number,
  gridWidth: number,
): Promise<Image> {
  const image = await decodePicture(
    pieces,
    codes.map((code) => Math.max(0, code)),
    gridHeight,
    gridWidth,
  );
  return drawMask(
    image,
    Array.from(codes, (code) => code < 0),
    gridWidth,
  );
}
