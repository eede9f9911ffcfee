/** The browser's picture codec gives what Node's gives. */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage, encodeGif, encodeImage } from "#image-codec";
import { psnr } from "../../src/images/compare.js";
import { blankImage, type Image } from "../../src/images/image.js";
import { findChromium, openPage, type Page, SLOW } from "./open-page.js";

const chromium = findChromium();
const file = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../parity/preprocess/${name}`, import.meta.url)));

describe.skipIf("reason" in chromium)(
  `pictures in Chromium${"reason" in chromium ? `: ${chromium.reason}` : ""}`,
  SLOW,
  () => {
    let page: Page;
    beforeAll(async () => {
      page = await openPage();
    }, SLOW.timeout);
    afterAll(() => page?.close());

    type Decoded = { image: Image; encoded: Uint8Array; error?: string };
    const decode = (bytes: Uint8Array, format = "png") => page.run<Decoded>("codec", { bytes, format });

    test("a PNG, to the bit, and back", async () => {
      const bytes = await file("dog.png");
      const { image, encoded } = await decode(bytes);
      const expected = await decodeImage(bytes);
      expect(psnr(image, expected)).toBe(Number.POSITIVE_INFINITY);
      expect(psnr(await decodeImage(encoded), expected)).toBe(Number.POSITIVE_INFINITY);
    });

    test.each(["jpeg", "webp"] as const)("%s, nearly", async (format) => {
      const original = await decodeImage(await file("clevr.jpg"));
      const bytes = await encodeImage(original, format);
      const { image, encoded } = await decode(bytes, format);
      expect(psnr(image, await decodeImage(bytes))).toBeGreaterThan(40);
      expect(psnr(await decodeImage(encoded), original)).toBeGreaterThan(32);
    });

    test("a GIF's first frame, transparency over white, EXIF orientation", async () => {
      const gif = await decode(await encodeGif([blankImage(8, 8, [9, 200, 9]), blankImage(8, 8)]));
      expect([...gif.image.data.subarray(0, 3)]).toEqual([9, 200, 9]);
      const clear = {
        create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 9, alpha: 0 } },
      } as const;
      const empty = await decode(new Uint8Array(await sharp(clear).png().toBuffer()));
      expect(empty.image.data.every((value) => value === 255)).toBe(true);
      const turned = await sharp({ create: { width: 32, height: 16, channels: 3, background: "red" } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer();
      const upright = await decode(new Uint8Array(turned));
      expect([upright.image.width, upright.image.height]).toEqual([16, 32]);
    });

    test("what is no picture is refused in the same words", async () => {
      expect((await decode(new TextEncoder().encode("<!doctype html><p>"))).error).toMatch(
        /^ImageError: .*an HTML page/,
      );
      expect((await decode((await file("dog.png")).subarray(0, 300))).error).toMatch(
        /^ImageError: .*PNG.*damaged or cut short/,
      );
    });
  },
);
