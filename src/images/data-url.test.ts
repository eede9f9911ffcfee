import { expect, test } from "vitest";
import { decodeImage } from "#image-codec";
import { base64, pngDataUrl } from "./data-url.js";
import { blankImage } from "./image.js";

test.each([0, 1, 2, 3, 12_287, 12_288, 12_289, 40_000])("%d bytes in base64", (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
});

test("a data URL holds the picture", async () => {
  const image = blankImage(5, 3, [10, 200, 30]);
  const [head, body] = (await pngDataUrl(image)).split(",");
  expect(head).toBe("data:image/png;base64");
  expect(await decodeImage(Buffer.from(body, "base64"))).toEqual(image);
});
