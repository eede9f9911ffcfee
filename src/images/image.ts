/** Pictures as plain data: 8-bit RGB, row by row from the top. */

export interface Image {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3` bytes, red first. */
  readonly data: Uint8Array;
}

/** A picture that is loaded (or drawn) only when needed. The same key always means the same pixels. */
export interface ImageSource {
  readonly key: string;
  /** @throws ImageError, FileError when it cannot be read */
  load(): Promise<Image>;
}

/** A picture of one colour. */
export function blankImage(
  width: number,
  height: number,
  color: readonly [number, number, number] = [255, 255, 255],
): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 3];
  return { width, height, data };
}
