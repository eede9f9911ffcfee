/** Asks a model about items of a benchmark, all at once, and has each judged. One function for each task. */
import { integer, type Random } from "../array/random.js";
import type { ImageCodec } from "../model/image-codec.js";
import { OptionError } from "../tasks/options.js";
import { decodePicture, encodePicture } from "../tasks/picture.js";
import type {
  Benchmark,
  DrawingItem,
  GivenText,
  Outcome,
  ReconstructionItem,
  Subject,
  TextItem,
  Verdict,
} from "./benchmark.js";

/** Items asked about at once: measured on 2 cores; larger ones gain nothing, and are longer under way when they are stopped. */
export const BATCH_SIZES: Readonly<Record<Benchmark["task"], number>> = { text: 32, drawing: 16, reconstruction: 25 };

/** Which items, and the stream that the items of this benchmark are drawn from. */
export interface Draw {
  readonly indices: readonly number[];
  readonly rng: Random;
  readonly signal?: AbortSignal;
}

/** An item with its index, and the seed of the request. */
interface Numbered<Item> {
  readonly index: number;
  readonly item: Item;
  readonly seed: number;
}

/**
 * The outcomes of these items, in their order. They do not depend on which are asked together.
 * @throws the signal's reason when it is aborted; OptionError when the model cannot do what is asked
 */
export async function askAbout(subject: Subject, benchmark: Benchmark, draw: Draw): Promise<Outcome[]> {
  const { signal } = draw;
  switch (benchmark.task) {
    case "text":
      return askText(subject, await number(benchmark, draw), signal);
    case "drawing":
      return askForDrawings(subject, await number(benchmark, draw), signal);
    case "reconstruction":
      return reconstruct(subject, await number(benchmark, draw), signal);
  }
  throw new RangeError(`unknown task of a benchmark: ${JSON.stringify(benchmark satisfies never)}`);
}

async function number<Item>(
  benchmark: { item(index: number, rng: Random): Item | Promise<Item> },
  { indices, rng }: Draw,
): Promise<Numbered<Item>[]> {
  return Promise.all(
    indices.map(async (index) => ({
      index,
      item: await benchmark.item(index, rng.fork(index)),
      seed: integer(rng.fork(index).fork("request"), 2 ** 31),
    })),
  );
}

async function askText(
  subject: Subject,
  items: readonly Numbered<TextItem>[],
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const answers = new Map<number, GivenText>();
  const ask = async <Request>(
    asked: readonly Numbered<TextItem>[],
    request: (one: Numbered<TextItem>) => Request,
    all: (requests: readonly Request[], options: { signal?: AbortSignal }) => PromiseLike<readonly GivenText[]>,
  ) => {
    if (asked.length === 0) return;
    const given = await all(asked.map(request), { signal });
    asked.forEach(({ index }, i) => void answers.set(index, given[i]));
  };
  await ask(
    items.filter(({ item }) => !item.image),
    ({ item, seed }) => ({ ...item.options, messages: item.question, seed }),
    (requests, options) => subject.answerAll(requests, options),
  );
  await ask(
    items.filter(({ item }) => item.image),
    ({ item, seed }) => ({ ...item.options, image: item.image!, question: item.question, seed }),
    (requests, options) => subject.describeAll(requests, options),
  );
  return items.map(({ index, item }) => {
    const { text, reasoning } = answers.get(index)!;
    return { item: index, asked: item.question, wanted: item.wanted, given: text, reasoning, ...item.judge(text) };
  });
}

async function askForDrawings(
  subject: Subject,
  items: readonly Numbered<DrawingItem>[],
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const requests = items.map(({ item, seed }) => ({ ...item.options, prompt: item.prompt, seed }));
  const pictures = await subject.imagineAll(requests, { signal });
  const verdicts: Verdict[] = [];
  for (const [i, { item }] of items.entries()) verdicts.push(await item.judge(pictures[i].image, subject));
  return items.map(({ index, item }, i) => ({
    item: index,
    asked: item.prompt,
    wanted: item.wanted,
    given: "a picture",
    ...verdicts[i],
    reasoning: pictures[i].reasoning,
    codes: Array.from(pictures[i].codes),
  }));
}

async function reconstruct(
  subject: Subject,
  items: readonly Numbered<ReconstructionItem>[],
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const codec = codecOf(subject);
  const outcomes: Outcome[] = [];
  for (const { index, item } of items) {
    signal?.throwIfAborted();
    const codes = await encodePicture({ codec }, item.image);
    const [rows, columns] = [item.image.height, item.image.width].map((side) => side / codec.downsampling);
    const verdict = item.judge(await decodePicture({ codec }, codes, rows, columns), codec);
    outcomes.push({
      item: index,
      asked: "a picture, to codes and back",
      wanted: item.wanted,
      given: "a picture",
      ...verdict,
      numbers: { ...verdict.numbers, codeBits: codec.config.codeBits },
      codes: Array.from(codes),
    });
  }
  return outcomes;
}

/** @throws OptionError for a model without one */
export function codecOf({ imageCodec }: Subject): ImageCodec {
  if (imageCodec) return imageCodec;
  throw new OptionError("this model has no image tokenizer, so it cannot be judged by pictures: choose other rows");
}
