/**
 * The tasks over their pieces: each one function for a request and one for many. A model that is loaded brings the pieces along
 * (`model.ts`); training and reinforcement learning bring weights that change.
 */
import { type Answer, type AnswerRequest, type AnswerStep, answerJob } from "./answer.js";
import { type DescribeRequest, describeJob } from "./describe.js";
import {
  type EditedText,
  type EditRequest,
  extendJob,
  inpaintJob,
  type PictureEditRequest,
  type TextEditRequest,
  type TextEditStep,
  textEditJob,
} from "./edit.js";
import { createGeneration, firstOf, type Generation } from "./generation.js";
import type { Picture, PictureStep } from "./grid.js";
import { type ImagineRequest, imagineJob } from "./imagine.js";
import { type Job, runJobs, type TaskPieces } from "./job.js";
import { type CallOptions, OptionError } from "./options.js";
import type { ImageInput } from "./picture.js";
import type { Prompt } from "./text.js";

/** What a call takes beside its inputs: the other options of its request, and how to end it. */
export type RequestOptions<Request, Inputs extends keyof Request> = Omit<Request, Inputs> & CallOptions;

/** What a person asks for. Every call can be awaited for its result, or iterated over for its steps. */
export interface Tasks {
  /** Answers a question, or a conversation that ends with one. */
  answer(messages: Prompt, options?: RequestOptions<AnswerRequest, "messages">): Generation<Answer, AnswerStep>;
  /** Answers many at once; each gets what it gets alone. */
  answerAll(requests: readonly AnswerRequest[], options?: CallOptions): Generation<Answer[], AnswerStep[]>;
  /** Describes a picture, or answers a question about it. */
  describe(
    image: ImageInput,
    question?: Prompt,
    options?: RequestOptions<DescribeRequest, "image" | "question">,
  ): Generation<Answer, AnswerStep>;
  /** Many at once; each gets what it gets alone. */
  describeAll(requests: readonly DescribeRequest[], options?: CallOptions): Generation<Answer[], AnswerStep[]>;
  /** Draws a picture. */
  imagine(prompt: string, options?: RequestOptions<ImagineRequest, "prompt">): Generation<Picture, PictureStep>;
  /** Many at once; each gets what it gets alone. */
  imagineAll(requests: readonly ImagineRequest[], options?: CallOptions): Generation<Picture[], PictureStep[]>;
  /** Fills the gaps of a text. */
  edit(request: TextEditRequest & CallOptions): Generation<EditedText, TextEditStep>;
  /** Redraws a region of a picture, or extends it to a side. */
  edit(request: PictureEditRequest & CallOptions): Generation<Picture, PictureStep>;
  /** Many at once; each gets what it gets alone. */
  editAll(requests: readonly TextEditRequest[], options?: CallOptions): Generation<EditedText[], TextEditStep[]>;
  /** Many at once; each gets what it gets alone. */
  editAll(requests: readonly PictureEditRequest[], options?: CallOptions): Generation<Picture[], PictureStep[]>;
}

/** The tasks over these pieces. */
export function createTasks(pieces: TaskPieces): Tasks {
  type LayOut<Request, Result, Step> = (
    pieces: TaskPieces,
    request: Request,
  ) => Job<Result, Step> | Promise<Job<Result, Step>>;

  async function* run<Request, Result, Step>(
    layOut: LayOut<Request, Result, Step>,
    requests: readonly Request[],
    { signal }: CallOptions,
  ): AsyncGenerator<Step[], Result[], void> {
    const jobs: Job<Result, Step>[] = [];
    for (const request of requests) {
      signal?.throwIfAborted();
      jobs.push(await layOut(pieces, request));
    }
    return yield* runJobs(pieces, jobs, signal);
  }
  const all =
    <Request, Result, Step>(layOut: LayOut<Request, Result, Step>) =>
    (requests: readonly Request[], options: CallOptions = {}) =>
      createGeneration(() => run(layOut, requests, options));
  const one = <Request extends object, Result, Step>(
    layOut: LayOut<Request, Result, Step>,
    { signal, ...request }: Request & CallOptions,
  ) => firstOf(() => run(layOut, [request as unknown as Request], { signal }));

  return {
    answer: (messages, options) => one(answerJob, { ...options, messages }),
    answerAll: all(answerJob),
    describe: (image, question, options) => one(describeJob, { ...options, image, question }),
    describeAll: all(describeJob),
    imagine: (prompt, options) => one(imagineJob, { ...options, prompt }),
    imagineAll: all(imagineJob),
    // What is edited is seen from the request: the overloads say which result belongs to it.
    edit: ((request: EditRequest & CallOptions) => one(editJob, request)) as Tasks["edit"],
    editAll: all(editJob) as Tasks["editAll"],
  };
}

async function editJob(
  pieces: TaskPieces,
  request: EditRequest,
): Promise<Job<EditedText | Picture, TextEditStep | PictureStep>> {
  // What is there but undefined was left out, as everywhere.
  if ("text" in request && request.text !== undefined) return textEditJob(pieces, request);
  if ("region" in request && request.region !== undefined) return inpaintJob(pieces, request);
  if ("extend" in request && request.extend !== undefined) return extendJob(pieces, request);
  throw new OptionError(
    `an edit has a text with gaps, or an image with a region or a side to extend to; got ${Object.keys(request).join(", ") || "nothing"}`,
  );
}
