/**
 * From a record of a file to an example: the full form ({task, messages, image, reasoning, answer, given, metadata}; the assistant's message
 * at the end is the answer where no other is given) and the short ones that people have: {prompt, answer}, {question, image, answer},
 * {caption, image}, {prompt, reasoning, image}, {text}. What is to be drawn may be without its image, {caption}: those who learn from it say
 * so (`mixture.ts`).
 */
import type { ImageSource } from "../images/image.js";
import { DataError, type Example, type Message, type Task } from "./example.js";

/** What a file format must know to read its records. */
export interface RecordContext {
  /** For messages: "captions.jsonl:17". */
  readonly place: string;
  /** The picture that a record's `image` field names or holds. @throws DataError when it can be none */
  openImage(value: unknown): ImageSource;
  /** What {caption, image} teaches: to draw (the default) or to describe. */
  readonly captionTask?: "t2i" | "mmu";
}

const TASKS: readonly Task[] = ["lm", "lm_chat", "mmu", "t2i", "r2i"];
const ROLES: readonly Message["role"][] = ["system", "user", "assistant"];
const DESCRIPTION_REQUEST = "Describe the picture.";

/** @throws DataError with the place, saying which field is wrong and what would be right */
export function exampleFromRecord(record: unknown, context: RecordContext): Example {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new DataError(
      context.place,
      `a record must be an object such as {"prompt": …, "answer": …}, not ${show(record)}`,
    );
  }
  const fields = record as Readonly<Record<string, unknown>>;
  const isFull = "task" in fields || "messages" in fields;
  const example: Example = {
    ...(isFull ? readFull(fields, context) : readShort(fields, context)),
    ...optionalText("given", fields, context.place),
    ...optionalMetadata(fields, context.place),
  };
  checkTask(example, context.place);
  return example;
}

function readFull(fields: Readonly<Record<string, unknown>>, context: RecordContext): Example {
  const { place } = context;
  const task = TASKS.find((name) => name === fields.task);
  if (task === undefined)
    throw new DataError(place, `task must be one of ${TASKS.join(", ")}, not ${show(fields.task)}`);
  const messages = fields.messages ?? [];
  if (!Array.isArray(messages)) throw new DataError(place, `messages must be a list, not ${show(messages)}`);
  const told = messages.map((message, i) => readMessage(message, i, place));
  const last = told.at(-1);
  const isAnswered = task === "lm_chat" || task === "mmu";
  const hasLastAsAnswer = isAnswered && fields.answer == null && last?.role === "assistant";
  return {
    task,
    messages: hasLastAsAnswer ? told.slice(0, -1) : told,
    ...(fields.image == null ? {} : { image: context.openImage(fields.image) }),
    ...optionalText("reasoning", fields, place),
    ...(hasLastAsAnswer ? { answer: text("content", { ...last }, place) } : optionalText("answer", fields, place)),
  };
}

function readShort(fields: Readonly<Record<string, unknown>>, context: RecordContext): Example {
  const { place } = context;
  const image = fields.image == null ? {} : { image: context.openImage(fields.image) };
  const hasImage = "image" in image;
  const reasoning = optionalText("reasoning", fields, place);
  const answer = optionalText("answer", fields, place);
  if (fields.caption != null) {
    const caption = text("caption", fields, place);
    if (context.captionTask !== "mmu") return { task: "t2i", messages: [user(caption)], ...image };
    return { task: "mmu", messages: [user(DESCRIPTION_REQUEST)], ...image, answer: caption };
  }
  const asked = fields.question != null ? "question" : fields.prompt != null ? "prompt" : undefined;
  if (asked !== undefined) {
    const messages = [user(text(asked, fields, place))];
    if (answer.answer !== undefined)
      return { task: hasImage ? "mmu" : "lm_chat", messages, ...image, ...reasoning, ...answer };
    if (hasImage) return { task: reasoning.reasoning === undefined ? "t2i" : "r2i", messages, ...image, ...reasoning };
    throw new DataError(place, `there is a ${asked} but neither an answer nor an image`);
  }
  if (fields.text != null) return { task: "lm", messages: [], answer: text("text", fields, place) };
  const found = Object.keys(fields).join(", ") || "none";
  throw new DataError(
    place,
    `no known fields (found: ${found}); give task and messages, prompt, question, caption or text`,
  );
}

/** What each task needs: see `Example`. */
function checkTask({ task, messages, image, reasoning, answer, given }: Example, place: string): void {
  const require = (isThere: boolean, what: string): void => {
    if (!isThere) throw new DataError(place, `an example of task ${task} needs ${what}`);
  };
  const isTwice = answer !== undefined && messages.at(-1)?.role === "assistant";
  require(!isTwice, "its answer once: as the assistant's message at the end, or as `answer`");
  if (task !== "lm") require(messages.at(-1)?.role === "user", "messages that end with the user's");
  if (task === "lm" || task === "lm_chat" || task === "mmu") require(answer !== undefined, "an answer");
  if (task === "mmu") require(image !== undefined, "an image");
  if (task === "r2i") require(reasoning !== undefined, "reasoning");
  const beginsAsGiven = given === undefined || (reasoning ?? answer ?? "").startsWith(given);
  require(beginsAsGiven, "reasoning, or an answer, that begins with what is given");
}

function readMessage(value: unknown, index: number, place: string): Message {
  const { role, content } = (typeof value === "object" && value !== null ? value : {}) as Partial<Message>;
  if (role === undefined || !ROLES.includes(role) || typeof content !== "string") {
    const form = `{"role": "user", "content": "…"} with a role of ${ROLES.join(", ")}`;
    throw new DataError(place, `messages[${index}] must be ${form}, not ${show(value)}`);
  }
  return { role, content };
}

function text(name: string, fields: Readonly<Record<string, unknown>>, place: string): string {
  const value = fields[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new DataError(place, `${name} must be a text that is not empty, not ${show(value)}`);
}

function optionalText<Name extends string>(name: Name, fields: Readonly<Record<string, unknown>>, place: string) {
  return (fields[name] == null ? {} : { [name]: text(name, fields, place) }) as { readonly [key in Name]?: string };
}

function optionalMetadata({ metadata }: Readonly<Record<string, unknown>>, place: string): Pick<Example, "metadata"> {
  if (metadata == null) return {};
  if (typeof metadata === "object" && !Array.isArray(metadata))
    return { metadata: metadata as Readonly<Record<string, unknown>> };
  throw new DataError(place, `metadata must be an object, not ${show(metadata)}`);
}

function user(content: string): Message {
  return { role: "user", content };
}

function show(value: unknown): string {
  const written = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "nothing";
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
