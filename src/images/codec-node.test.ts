import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage, encodeGif, encodeImage } from "./codec-node.js";
import { blankImage, type Image } from "./image.js";
import { ImageError } from "./image-header.js";

const file = (name: string) => readFile(new URL(`../../test/parity/preprocess/${name}`, import.meta.url));

/** Red above left, green above right, blue below left, white below right, each 16×16. */
function quarters(): Image {
  const image = blankImage(32, 32);
  const colors = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  for (let i = 0; i < 32 * 32; i++) image.data.set(colors[(i % 32 < 16 ? 0 : 1) + (i < 512 ? 0 : 2)], i * 3);
  return image;
}
const pixel = (image: Image, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 3).subarray(0, 3),
];
const raw = (channels: 1 | 2 | 3 | 4, values: number[]) =>
  sharp(Uint8Array.from(Array.from({ length: 64 }, () => values).flat()), { raw: { width: 8, height: 8, channels } });

describe("decoding", () => {
  test.each(["png", "jpeg", "webp"] as const)("%s, written by encodeImage", async (format) => {
    const bytes = await encodeImage(quarters(), format);
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([32, 32]);
    if (format === "png") return expect(image).toEqual(quarters());
    for (const [x, y] of [
      [4, 4],
      [27, 4],
      [4, 27],
      [27, 27],
    ]) {
      const [actual, expected] = [pixel(image, x, y), pixel(quarters(), x, y)];
      for (let c = 0; c < 3; c++) expect(Math.abs(actual[c] - expected[c])).toBeLessThan(12);
    }
  });

  test("the first frame of a GIF", async () => {
    const image = await decodeImage(await encodeGif([quarters(), blankImage(32, 32, [9, 9, 9])]));
    expect([image.width, image.height]).toEqual([32, 32]);
    expect(pixel(image, 4, 4)).toEqual([255, 0, 0]);
  });

  test("the EXIF orientation is applied", async () => {
    const { width, height, data } = quarters();
    const turned = sharp(data, { raw: { width, height, channels: 3 } }).resize(32, 16, { fit: "fill" });
    const image = await decodeImage(await turned.jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer());
    expect([image.width, image.height]).toEqual([16, 32]);
    expect(pixel(image, 13, 3)[0]).toBeGreaterThan(240); // what was above left is now above right
    expect(pixel(image, 13, 28)[1]).toBeGreaterThan(240);
  });

  test("transparency is seen over white, in 16 bits too", async () => {
    expect(pixel(await decodeImage(await raw(4, [0, 0, 200, 0]).png().toBuffer()), 0, 0)).toEqual([255, 255, 255]);
    const half = pixel(await decodeImage(await raw(4, [0, 0, 200, 128]).png().toBuffer()), 0, 0);
    expect(Math.abs(half[0] - 127) + Math.abs(half[2] - 227)).toBeLessThan(4);
    const deep = await raw(4, [0, 0, 200, 0]).toColourspace("rgb16").png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe("ushort");
    expect(pixel(await decodeImage(deep), 0, 0)).toEqual([255, 255, 255]);
  });

  test("grey pictures, of 8 and 16 bits, with and without transparency", async () => {
    const grey = await raw(1, [90]).toColourspace("b-w").png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expect(pixel(await decodeImage(grey), 3, 3)).toEqual([90, 90, 90]);
    const deep = await raw(1, [90]).toColourspace("grey16").png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe("ushort");
    expect(pixel(await decodeImage(deep), 3, 3)).toEqual([90, 90, 90]);
    expect(pixel(await decodeImage(await raw(2, [90, 0]).toColourspace("b-w").png().toBuffer()), 0, 0)).toEqual([
      255, 255, 255,
    ]);
  });

  test("a CMYK JPEG", async () => {
    const cmyk = await raw(3, [255, 0, 0]).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe("cmyk");
    const [red, green, blue] = pixel(await decodeImage(cmyk), 3, 3);
    expect(red).toBeGreaterThan(180);
    expect(green).toBeLessThan(90);
    expect(blue).toBeLessThan(90);
  });

  test("a PNG with a palette", async () => {
    const { width, height, data } = quarters();
    const indexed = await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ palette: true })
      .toBuffer();
    expect(pixel(await decodeImage(indexed), 4, 27)).toEqual([0, 0, 255]);
  });
});

describe("what is no picture", () => {
  test.each([
    ["", "an empty file"],
    ["<!DOCTYPE html><html></html>", "an HTML page"],
    ["<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"],
    ["%PDF-1.7", "a PDF document"],
    ["hello", 'text that begins with "hello"'],
    ["\x00\x01\x02\x03", "4 bytes that begin with 00 01 02 03"],
  ])("%j is %s", async (content, found) => {
    const failure = decodeImage(new TextEncoder().encode(content));
    await expect(failure).rejects.toThrow(ImageError);
    await expect(failure).rejects.toThrow(found);
  });

  test.each(["dog.png", "clevr.jpg"])("%s cut short anywhere", async (name) => {
    const bytes = await file(name);
    for (const part of [10, 30, 200, bytes.length >> 1, bytes.length - 20]) {
      await expect(decodeImage(bytes.subarray(0, part)), `${part} bytes`).rejects.toThrow(ImageError);
    }
  });

  test("WebP and GIF cut short", async () => {
    const webp = await encodeImage(quarters(), "webp");
    const gif = await encodeGif([quarters()]);
    for (const bytes of [webp, gif]) {
      for (const part of [8, 14, 40, bytes.length >> 1]) {
        await expect(decodeImage(bytes.subarray(0, part)), `${part} bytes`).rejects.toThrow(ImageError);
      }
    }
  });

  test("a picture that claims to be absurdly large is refused from its header", async () => {
    const bytes = Uint8Array.from(await encodeImage(blankImage(8, 8)));
    new DataView(bytes.buffer).setUint32(16, 60_000);
    new DataView(bytes.buffer).setUint32(20, 60_000);
    await expect(decodeImage(bytes)).rejects.toThrow("60000×60000");
  });

  test("random damage ends in a picture or an ImageError", async () => {
    const original = await file("clevr.jpg");
    for (let seed = 0; seed < 60; seed++) {
      const bytes = Uint8Array.from(original);
      for (let k = 0; k < 8; k++)
        bytes[(seed * 7919 + k * 104_729) % (k < 4 ? 700 : bytes.length)] = (seed * 31 + k * 17) & 255;
      await decodeImage(bytes).catch((error) => expect(error).toBeInstanceOf(ImageError));
    }
  });
});

describe("GIF", () => {
  test("all frames and their times", async () => {
    const frames = [quarters(), blankImage(32, 32, [9, 9, 9]), quarters()];
    const { pages, delay, loop } = await sharp(await encodeGif(frames, { delayMs: 120, lastDelayMs: 2000 })).metadata();
    expect({ pages, delay, loop }).toEqual({ pages: 3, delay: [120, 120, 2000], loop: 0 });
  });

  test("no frames, or frames of several sizes, are refused", async () => {
    await expect(encodeGif([])).rejects.toThrow("at least one");
    await expect(encodeGif([quarters(), blankImage(8, 8)])).rejects.toThrow("frame 1 is 8×8");
  });
});
