/**
 * Emoji drawn from their names: is what was asked for among the five emoji that look most like the drawing? Likeness is the mean squared
 * difference of pixels, or the number of bits in which the codes of the image tokenizer differ.
 */
import { createPermutation } from "../data/permutation.js";
import { meanSquaredError } from "../images/compare.js";
import type { Image, ImageSource } from "../images/image.js";
import type { ImageCodec } from "../model/image-codec.js";
import { encodePicture } from "../tasks/picture.js";
import { codecOf } from "./ask.js";
import type { Benchmark, DrawingItem, Section } from "./benchmark.js";

/** What is needed of an emoji. */
export interface NamedPicture {
  readonly name: string;
  readonly image: ImageSource;
}

const NUM_NAMES = 500;
const NUM_NEAREST = 5;

const PIXELS = { name: "emoji/pixels", number: "isNearInPixels", title: "the name among the five nearest in pixels" };
const CODES = { name: "emoji/codes", number: "isNearInCodes", title: "… nearest in the tokenizer's codes" };

/**
 * @param gallery the emoji among which the nearest are looked for, without variants of skin
 * @param isAsked whether the model was taught to draw this one
 */
export function emojiRetrieval(
  gallery: readonly NamedPicture[],
  isAsked: (emoji: NamedPicture) => boolean = () => true,
): Section {
  const benchmark = retrievalBenchmark(gallery, gallery.filter(isAsked));
  return {
    title: "Emoji retrieval",
    benchmarks: [benchmark],
    rows: [PIXELS, CODES].map(({ name, number, title }) => ({
      name,
      title,
      of: [benchmark.name],
      measure: { kind: "share", of: ({ numbers }) => numbers?.[number] === 1 },
      wanted: 0.5,
    })),
  };
}

function retrievalBenchmark(gallery: readonly NamedPicture[], asked: readonly NamedPicture[]): Benchmark {
  const order = createPermutation("emoji retrieval", asked.length);
  const codesOf = keptByCodec((codec) => galleryCodes(codec, gallery));
  let pixels: Promise<Image[]> | undefined;
  return {
    name: "emoji/retrieval",
    task: "drawing",
    size: Math.min(NUM_NAMES, asked.length),
    item(index): DrawingItem {
      const { name, image } = asked[order.at(index)];
      return {
        prompt: `${name.toLowerCase()} emoji`,
        wanted: name,
        example: () => image.load(),
        async judge(picture, subject) {
          const codec = codecOf(subject);
          pixels ??= Promise.all(gallery.map(({ image }) => image.load()));
          const codes = await encodePicture({ codec }, picture);
          const nearInPixels = nearest(
            gallery,
            (await pixels).map((other) => meanSquaredError(picture, other)),
          );
          const nearInCodes = nearest(
            gallery,
            (await codesOf(codec)).map((other) => numBitsApart(codes, other)),
          );
          const isNearInPixels = nearInPixels.includes(name);
          const isNearInCodes = nearInCodes.includes(name);
          return {
            isRight: isNearInPixels && isNearInCodes,
            given: `in pixels ${nearInPixels.join(", ")}; in codes ${nearInCodes.join(", ")}`,
            numbers: { isNearInPixels: Number(isNearInPixels), isNearInCodes: Number(isNearInCodes) },
          };
        },
      };
    },
  };
}

/** The names of the nearest, the nearest first. */
function nearest(gallery: readonly NamedPicture[], distances: readonly number[]): string[] {
  const order = distances.map((_, i) => i).sort((a, b) => distances[a] - distances[b]);
  return order.slice(0, NUM_NEAREST).map((i) => gallery[i].name);
}

async function galleryCodes(codec: ImageCodec, gallery: readonly NamedPicture[]): Promise<Int32Array[]> {
  const codes: Int32Array[] = [];
  for (const { image } of gallery) codes.push(await encodePicture({ codec }, await image.load()));
  return codes;
}

/** Every code is as many signs as it has bits. */
function numBitsApart(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) for (let bits = a[i] ^ b[i]; bits !== 0; bits &= bits - 1) count++;
  return count;
}

function keptByCodec<T>(make: (codec: ImageCodec) => Promise<T>): (codec: ImageCodec) => Promise<T> {
  const kept = new WeakMap<ImageCodec, Promise<T>>();
  return (codec) => {
    const value = kept.get(codec) ?? make(codec);
    kept.set(codec, value);
    return value;
  };
}
