/**
 * What an evaluation is made of, as data. A benchmark is an endless, seeded row of items that carry their own judge; a model is asked
 * about them (`ask.ts`), each gives an outcome, and a row of the table is a measure of outcomes (`measure.ts`).
 */
import type { Random } from "../array/random.js";
import type { Image } from "../images/image.js";
import type { ImageCodec } from "../model/image-codec.js";
import type { AnswerRequest } from "../tasks/answer.js";
import type { DescribeRequest } from "../tasks/describe.js";
import type { ImagineRequest } from "../tasks/imagine.js";
import type { CallOptions } from "../tasks/options.js";

/** What is evaluated: a model that was loaded, one under training, or a mock. Results must not depend on what shares a batch. */
export interface Subject {
  answerAll(requests: readonly AnswerRequest[], options?: CallOptions): PromiseLike<readonly GivenText[]>;
  describeAll(requests: readonly DescribeRequest[], options?: CallOptions): PromiseLike<readonly GivenText[]>;
  imagineAll(requests: readonly ImagineRequest[], options?: CallOptions): PromiseLike<readonly DrawnPicture[]>;
  /** Absent in models that only know text. */
  readonly imageCodec?: ImageCodec;
}

export interface GivenText {
  readonly text: string;
  /** What was thought before it. */
  readonly reasoning?: string;
}

export interface DrawnPicture {
  readonly image: Image;
  /** Row by row from the top. */
  readonly codes: ArrayLike<number>;
  /** What was thought before it. */
  readonly reasoning?: string;
}

/** What a judge says of what a model gave. */
export interface Verdict {
  readonly isRight: boolean;
  /** What was given, in words, where it is not text itself. */
  readonly given?: string;
  /** What is wrong with it. */
  readonly reasons?: readonly string[];
  /** What else was measured, by name. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** A question in text, perhaps about a picture. */
export interface TextItem {
  readonly question: string;
  readonly image?: Image;
  /** Where they are not the model's defaults. */
  readonly options?: Omit<AnswerRequest, "messages" | "seed">;
  /** The right answer, for people to read. */
  readonly wanted: string;
  judge(text: string): Verdict;
}

/** A picture to be drawn. */
export interface DrawingItem {
  readonly prompt: string;
  readonly options?: Omit<ImagineRequest, "prompt" | "seed">;
  readonly wanted: string;
  judge(picture: Image, subject: Subject): Verdict | Promise<Verdict>;
  /** One that is right: what the judge itself is tested with. */
  example(rng: Random): Image | Promise<Image>;
}

/** A picture to be put into codes and back. */
export interface ReconstructionItem {
  readonly image: Image;
  readonly wanted: string;
  judge(reconstruction: Image, codec: ImageCodec): Verdict;
}

interface Items<Task extends string, Item> {
  readonly task: Task;
  /** Item `index`, the same for ever for the same random stream: how many are asked changes nothing. */
  item(index: number, rng: Random): Item | Promise<Item>;
}

/** Items of one task, all of one kind. */
export type Benchmark = {
  /** In files and on the command line, such as `questions/colour`. */
  readonly name: string;
  /** How many items there are, where that is not without end. */
  readonly size?: number;
  /** Whether models are asked to think first: those that were never taught to are not asked. */
  readonly isThinking?: boolean;
  /** The benchmark whose items it has, to ask them in another way. */
  readonly itemsOf?: string;
} & (Items<"text", TextItem> | Items<"drawing", DrawingItem> | Items<"reconstruction", ReconstructionItem>);

/** What came of one item: a line of the results file, from which every figure follows. */
export interface Outcome extends Verdict {
  readonly item: number;
  readonly asked: string;
  readonly wanted: string;
  readonly given: string;
  readonly reasoning?: string;
  /** Of the picture drawn or reconstructed. */
  readonly codes?: readonly number[];
}

/** How outcomes become a figure. */
export type Measure =
  /** The share of outcomes that are so. */
  | { readonly kind: "share"; of(outcome: Outcome): boolean }
  /** The mean of a number of each; outcomes without one are left out. */
  | { readonly kind: "mean"; readonly unit: "dB" | "%"; of(outcome: Outcome): number | undefined }
  /** The share of a codebook of 2^`numbers.codeBits` that occurs in their codes. */
  | { readonly kind: "codebook" };

/** A row of the table. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** Names of the benchmarks whose outcomes it pools. */
  readonly of: readonly string[];
  readonly measure: Measure;
  /** The figure to reach, a share as 0 to 1. */
  readonly wanted?: number;
}

/** Benchmarks and the rows made of them, under one heading. */
export interface Section {
  readonly title: string;
  readonly benchmarks: readonly Benchmark[];
  readonly rows: readonly Row[];
}

/** Right or wrong, as the judge said. */
export const SHARE_RIGHT: Measure = { kind: "share", of: ({ isRight }) => isRight };

/** The row of one benchmark that has its name: the share of items that are right. */
export function shareRow(name: string, title: string, wanted?: number): Row {
  return { name, title, of: [name], measure: SHARE_RIGHT, wanted };
}

/** The same items, asked with reasoning first. */
export function thinkingFirst(benchmark: Benchmark): Benchmark {
  const other = { name: `${benchmark.name}-thinking`, itemsOf: benchmark.itemsOf ?? benchmark.name, isThinking: true };
  const options = { thinking: true } as const;
  switch (benchmark.task) {
    case "text":
      return {
        ...benchmark,
        ...other,
        async item(index, rng) {
          const item = await benchmark.item(index, rng);
          return { ...item, options: { ...item.options, ...options } };
        },
      };
    case "drawing":
      return {
        ...benchmark,
        ...other,
        async item(index, rng) {
          const item = await benchmark.item(index, rng);
          return { ...item, options: { ...item.options, ...options } };
        },
      };
    case "reconstruction":
      throw new RangeError(`${benchmark.name} asks nothing that could be thought about`);
  }
}
