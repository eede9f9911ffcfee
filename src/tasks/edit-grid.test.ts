/** Pictures redrawn in part and extended: which codes are given, which are drawn, and which pixels come of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { miniPath } from "../../test/mini.js";
import { tensor } from "../array/tensor.js";
import type { MaskPredictor } from "../diffusion/mask-predictor.js";
import { blankImage, type Image } from "../images/image.js";
import { FIT_MODES, fitImage } from "../images/preprocess.js";
import type { ImageCodec } from "../model/image-codec.js";
import { createChatTemplate } from "../tokens/chat-template.js";
import { createTextTokenizer } from "../tokens/text-tokenizer.js";
import { createVocabulary, type VocabularyConfig } from "../tokens/vocabulary.js";
import { type Rectangle, regionOfGrid } from "./edit-grid.js";
import { OptionError } from "./options.js";
import type { PicturePieces } from "./picture.js";
import { parseTaskDefaults } from "./task-defaults.js";
import { createTasks } from "./tasks.js";

const json = (name: string) => JSON.parse(readFileSync(`${miniPath}/${name}`, "utf8")) as unknown;
const textTokenizer = createTextTokenizer(json("tokenizer.json"));
const vocabulary = createVocabulary(json("config.json") as VocabularyConfig, textTokenizer);

/** Grids of 4×4 codes, of 2×2 pixels each. */
const [SIDE, CELL] = [4, 2];
const RESOLUTION = SIDE * CELL;
/** A masked code. */
const M = -1;

type Pixel = readonly [red: number, green: number, blue: number];

function imageOf(width: number, height: number, at: (x: number, y: number) => Pixel): Image {
  const data = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width)));
  return { width, height, data: Uint8Array.from(data.flat()) };
}

const pixelOf = ({ width, data }: Image, x: number, y: number): Pixel => {
  const [red, green, blue] = data.subarray((y * width + x) * 3);
  return [red, green, blue];
};

/** What the codec makes of codes: the code is the red of its pixels, and there is no other colour. */
const decoded = (codes: ArrayLike<number>, columns: number, x: number, y: number): Pixel => [
  codes[Math.floor(y / CELL) * columns + Math.floor(x / CELL)],
  0,
  0,
];

/** Its codes are 0 to 15, row by row; no other pixel has the same green and blue. */
const picture = imageOf(RESOLUTION, RESOLUTION, (x, y) => [
  Math.floor(y / CELL) * SIDE + Math.floor(x / CELL),
  10 + y * RESOLUTION + x,
  200,
]);
const CODES = Array.from({ length: SIDE ** 2 }, (_, code) => code);

/** Codes are the red of the first pixel of each cell. */
const imageCodec = {
  config: { resolution: RESOLUTION, codeBits: 12 },
  downsampling: CELL,
  encode: async ({ data }) =>
    tensor(
      "int32",
      [1, SIDE ** 2],
      Int32Array.from({ length: SIDE ** 2 }, (_, cell) => {
        const [x, y] = [(cell % SIDE) * CELL, Math.floor(cell / SIDE) * CELL];
        return Math.round((data[y * RESOLUTION + x] + 1) * 127.5);
      }),
    ),
  decode: async ({ data }, gridHeight, gridWidth) => {
    const [height, width] = [gridHeight * CELL, gridWidth * CELL];
    const red = Array.from({ length: height * width }, (_, i) =>
      decoded(data, gridWidth, i % width, Math.floor(i / width)),
    );
    const values = Float32Array.from({ length: 3 * height * width }, (_, i) =>
      i < height * width ? red[i][0] / 127.5 - 1 : -1,
    );
    return tensor("float32", [1, 3, height, width], values);
  },
} as ImageCodec;

/** A network that draws 100 + the place of the grid, and the grids that it is asked about. */
function drawing() {
  const grids: number[][] = [];
  const predict: MaskPredictor = async (rows, { places, range }) => {
    const T = rows.ids.shape[1];
    const startOf = (row: number) => row * T + rows.ids.data.subarray(row * T).indexOf(vocabulary.special.soi) + 1;
    const asked = Array.from(rows.ids.data.subarray(startOf(0), startOf(0) + SIDE ** 2));
    grids.push(asked.map((id) => (id === vocabulary.special.mask ? M : id - vocabulary.imageOffset)));
    const even = Float32Array.from(places, () => -0.1);
    const candidates = places.map((place) => range.start + 100 + place - startOf(Math.floor(place / T)));
    return { candidates, logProbs: even, margins: even, entropies: even };
  };
  const tasks = createTasks({
    predict,
    vocabulary,
    textTokenizer,
    chatTemplate: createChatTemplate(),
    imageCodec,
    maxSequenceLength: 64,
    defaults: parseTaskDefaults({ image: { steps: 3, guidanceScale: 2 } }),
  });
  return { edit: tasks.edit, grids };
}

describe("a picture that is extended", () => {
  const asked = { image: picture };

  test.each([
    {
      extend: "right",
      given: [2, 3, M, M, 6, 7, M, M, 10, 11, M, M, 14, 15, M, M],
      codes: [
        [0, 1, 2, 3, 102, 103],
        [4, 5, 6, 7, 106, 107],
        [8, 9, 10, 11, 110, 111],
        [12, 13, 14, 15, 114, 115],
      ],
      corner: [0, 0],
    },
    {
      extend: "left",
      given: [M, M, 0, 1, M, M, 4, 5, M, M, 8, 9, M, M, 12, 13],
      codes: [
        [100, 101, 0, 1, 2, 3],
        [104, 105, 4, 5, 6, 7],
        [108, 109, 8, 9, 10, 11],
        [112, 113, 12, 13, 14, 15],
      ],
      corner: [4, 0],
    },
    {
      extend: "top",
      given: [M, M, M, M, M, M, M, M, 0, 1, 2, 3, 4, 5, 6, 7],
      codes: [
        [100, 101, 102, 103],
        [104, 105, 106, 107],
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14, 15],
      ],
      corner: [0, 4],
    },
    {
      extend: "bottom",
      given: [8, 9, 10, 11, 12, 13, 14, 15, M, M, M, M, M, M, M, M],
      codes: [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
        [12, 13, 14, 15],
        [108, 109, 110, 111],
        [112, 113, 114, 115],
      ],
      corner: [0, 0],
    },
  ] as const)("to the $extend: what is given moves away, and pixels are kept or decoded", async (expected) => {
    const { extend, given, codes, corner } = expected;
    const [gridHeight, gridWidth] = [codes.length, codes[0].length];
    const { edit, grids } = drawing();
    const kept = await edit({ ...asked, extend });
    expect(grids[0]).toEqual(given);
    expect(kept).toMatchObject({ gridHeight, gridWidth, steps: 3, nfe: 3 });
    expect([...kept.codes]).toEqual(codes.flat());
    const isGiven = (x: number, y: number) =>
      x >= corner[0] && x < corner[0] + RESOLUTION && y >= corner[1] && y < corner[1] + RESOLUTION;
    const ofCodes = (x: number, y: number) => decoded(codes.flat(), gridWidth, x, y);
    const [width, height] = [gridWidth * CELL, gridHeight * CELL];
    expect(kept.image).toEqual(
      imageOf(width, height, (x, y) =>
        isGiven(x, y) ? pixelOf(picture, x - corner[0], y - corner[1]) : ofCodes(x, y),
      ),
    );
    const redone = await edit({ ...asked, extend, keepOriginal: false });
    expect(redone).toEqual({ ...kept, image: imageOf(width, height, ofCodes) });
  });

  test.each([
    { by: 0.01, numNew: 1 },
    { by: 0.25, numNew: 1 },
    { by: 0.6, numNew: 2 },
    { by: 0.75, numNew: 3 },
    { by: 0.99, numNew: 3 },
  ])(
    "by $by of its side, columns that are new: $numNew. At least one is drawn, at least one given",
    async ({ by, numNew }) => {
      const { edit, grids } = drawing();
      const { codes, gridWidth, image } = await edit({ ...asked, extend: "right", by });
      expect(gridWidth).toBe(SIDE + numNew);
      expect(image.width).toBe(gridWidth * CELL);
      expect(grids[0].slice(0, SIDE)).toEqual([...CODES.slice(numNew, SIDE), ...Array(numNew).fill(M)]);
      const drawn = CODES.slice(SIDE - numNew, SIDE).map((place) => 100 + place);
      expect([...codes.subarray(0, gridWidth)]).toEqual([...CODES.slice(0, SIDE), ...drawn]);
    },
  );

  test("by none of its side, or by all of it, is refused", async () => {
    for (const by of [0, 1, -0.5, Number.NaN])
      await expect(drawing().edit({ ...asked, extend: "left", by })).rejects.toThrow(`a share of the side, got ${by}`);
  });

  test("is made square as it is asked for", async () => {
    const wide = imageOf(16, 8, (x, y) => [16 * Math.floor(y / CELL) + x, 3 * x, 200]);
    for (const fit of FIT_MODES) {
      const { image } = await drawing().edit({ image: wide, extend: "bottom", fit });
      expect(image.data.subarray(0, 3 * RESOLUTION ** 2)).toEqual(fitImage(wide, RESOLUTION, fit).data);
    }
  });
});

describe("a region that is redrawn", () => {
  const pieces = { gridSide: SIDE, resolution: RESOLUTION } as PicturePieces;
  const placesOf = async (region: Rectangle | Image) => {
    const isRedrawn = await regionOfGrid(pieces, picture, region);
    return CODES.filter((place) => isRedrawn[place]);
  };
  /** White at these pixels, black elsewhere. */
  const maskOf = (isWhite: (x: number, y: number) => boolean, [width, height] = [RESOLUTION, RESOLUTION]) =>
    imageOf(width, height, (x, y) => (isWhite(x, y) ? [255, 255, 255] : [0, 0, 0]));

  test("is every code that a pixel of the rectangle lies in, as far as it is inside", async () => {
    expect(await placesOf({ left: 2, top: 2, width: 4, height: 2 })).toEqual([5, 6]);
    expect(await placesOf({ left: 2, top: 2, width: 5, height: 3 })).toEqual([5, 6, 7, 9, 10, 11]);
    // Parts of a pixel count: 1.5 to 2.5 are in pixels 1 and 2.
    expect(await placesOf({ left: 1.5, top: 2, width: 1, height: 1 })).toEqual([4, 5]);
    expect(await placesOf({ left: -5, top: -5, width: 6, height: 6 })).toEqual([0]);
    expect(await placesOf({ left: 6, top: 7, width: 100, height: 100 })).toEqual([15]);
    expect(await placesOf({ left: 0, top: 0, width: 8, height: 8 })).toEqual(CODES);
  });

  test("is what is white in a picture of it, from the middle of grey on", async () => {
    expect(await placesOf(maskOf((x, y) => x === 7 && y === 0))).toEqual([3]);
    expect(await placesOf(maskOf((x, y) => x === 3 && y >= 5))).toEqual([9, 13]);
    const grey = blankImage(RESOLUTION, RESOLUTION, [127, 127, 127]);
    grey.data.fill(128, 0, 3);
    expect(await placesOf(grey)).toEqual([0]);
  });

  test("has drawn codes and pixels, the rest is as it was given, or as the codec has it", async () => {
    const { edit, grids } = drawing();
    const asked = { image: picture, region: { left: 2, top: 2, width: 4, height: 2 } };
    const kept = await edit({ ...asked, steps: 2 });
    expect(grids[0]).toEqual([0, 1, 2, 3, 4, M, M, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    const codes = [0, 1, 2, 3, 4, 105, 106, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    expect(kept).toMatchObject({ gridHeight: SIDE, gridWidth: SIDE, steps: 2, nfe: 2 });
    expect([...kept.codes]).toEqual(codes);
    const isRedrawn = (x: number, y: number) => x >= 2 && x < 6 && y >= 2 && y < 4;
    const ofCodes = (x: number, y: number) => decoded(codes, SIDE, x, y);
    expect(kept.image).toEqual(
      imageOf(RESOLUTION, RESOLUTION, (x, y) => (isRedrawn(x, y) ? ofCodes(x, y) : pixelOf(picture, x, y))),
    );
    expect(await edit({ ...asked, steps: 2, keepOriginal: false })).toEqual({
      ...kept,
      image: imageOf(RESOLUTION, RESOLUTION, ofCodes),
    });
    expect(await edit({ ...asked, steps: 2, region: maskOf(isRedrawn) })).toEqual(kept);
    // No more steps than codes to be drawn; with words to go by, what they change is asked about too.
    expect((await edit(asked)).nfe).toBe(2);
    expect(await edit({ ...asked, prompt: "a star" })).toEqual({ ...kept, nfe: 4 });
  });

  test.each([
    // Pixels 4 to 12 across are seen, so 4 and 5 are the first column.
    { fit: "crop", redrawn: [0, 4, 8, 12] },
    // Halved, 4 and 5 are pixel 2.
    { fit: "squash", redrawn: [1, 5, 9, 13] },
    // The same, and the picture is in the middle; what was added is not redrawn.
    { fit: "pad", redrawn: [5, 9] },
  ] as const)("lies in the picture as it is seen: $fit", async ({ fit, redrawn }) => {
    const wide = imageOf(16, 8, (x, y) => [16 * Math.floor(y / CELL) + x, 3 * x, 200]);
    const fitted = fitImage(wide, RESOLUTION, fit);
    const { edit, grids } = drawing();
    const rectangle = { left: 4, top: 0, width: 2, height: 8 };
    const result = await edit({ image: wide, region: rectangle, fit });
    const isNew = (place: number) => (redrawn as readonly number[]).includes(place);
    const seen = CODES.map((place) => pixelOf(fitted, (place % SIDE) * CELL, Math.floor(place / SIDE) * CELL)[0]);
    expect(grids[0]).toEqual(seen.map((code, place) => (isNew(place) ? M : code)));
    const codes = seen.map((code, place) => (isNew(place) ? 100 + place : code));
    expect([...result.codes]).toEqual(codes);
    expect(result.image).toEqual(
      imageOf(RESOLUTION, RESOLUTION, (x, y) =>
        isNew(Math.floor(y / CELL) * SIDE + Math.floor(x / CELL)) ? decoded(codes, SIDE, x, y) : pixelOf(fitted, x, y),
      ),
    );
    const mask = maskOf((x) => x === 4 || x === 5, [16, 8]);
    expect(await edit({ image: wide, region: mask, fit })).toEqual(result);
  });

  test("of another size, or of which nothing is seen, is refused", async () => {
    const wide = blankImage(16, 8);
    const { edit } = drawing();
    await expect(edit({ image: wide, region: blankImage(8, 8) })).rejects.toThrow("8×8 pixels, the picture 16×8");
    for (const region of [{ left: 0, top: 0, width: 2, height: 8 }, blankImage(16, 8, [0, 0, 0])])
      await expect(edit({ image: wide, region })).rejects.toThrow("the region covers nothing of the picture");
    const none = { left: 0, top: 0, width: 0, height: 8 };
    await expect(edit({ image: wide, region: none })).rejects.toThrow(OptionError);
  });
});
