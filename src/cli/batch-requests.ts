/** Files of requests: one JSON object a line, with an `id`. A line that will not do is a fault of its own, not of the file. */
import { createHash } from "node:crypto";
import type { ModelOptions } from "./model-options.js";

export type BatchId = string | number;

/** A line of the file, empty ones left out: a request, or what is wrong with it. */
export type BatchEntry<Request> = { readonly line: number } & (
  | { readonly id: BatchId; readonly request: Request }
  | { readonly id?: BatchId; readonly fault: string }
);

/** What is wrong with a request. */
export class RequestFault extends Error {
  override readonly name = "RequestFault";
}

/**
 * Reads requests.
 * @param requestOf makes a request of a line's fields, the `id` left out; what it throws is the line's fault
 * @param keyOf what ids must differ in; throws for ids that will not do
 */
export function parseBatch<Request>(
  text: string,
  requestOf: (fields: Readonly<Record<string, unknown>>) => Request,
  keyOf: (id: BatchId) => string = String,
): BatchEntry<Request>[] {
  const firstOfKey = new Map<string, { id: BatchId; line: number }>();
  return text.split("\n").flatMap((content, index): BatchEntry<Request>[] => {
    if (content.trim() === "") return [];
    const line = index + 1;
    let id: BatchId | undefined;
    try {
      const { id: given, ...fields } = parseObject(content);
      id = idOf(given);
      const key = keyOf(id);
      const first = firstOfKey.get(key);
      if (first) throw new RequestFault(sameAs(first, id));
      firstOfKey.set(key, { id, line });
      return [{ line, id, request: requestOf(fields) }];
    } catch (error) {
      return [{ line, ...(id === undefined ? {} : { id }), fault: (error as Error).message }];
    }
  });
}

function sameAs(first: { id: BatchId; line: number }, id: BatchId): string {
  if (String(first.id) === String(id)) return `the id ${JSON.stringify(id)} is that of line ${first.line} too`;
  const names = `${JSON.stringify(id)} and ${JSON.stringify(first.id)}, that of line ${first.line}`;
  return `the ids ${names}, are one name of a file on some disks: take another`;
}

function parseObject(content: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new RequestFault(`it is no JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RequestFault(`it is no JSON object such as {"id": "a", "prompt": "…"}, but ${content.trim().slice(0, 80)}`);
}

function idOf(id: unknown): BatchId {
  if ((typeof id === "string" && id !== "") || Number.isFinite(id)) return id as BatchId;
  throw new RequestFault(
    id === undefined ? 'it has no "id"' : `its id must be text or a number, got ${JSON.stringify(id)}`,
  );
}

/**
 * What a line asks, under either of its names, and the rest of its fields.
 * @throws RequestFault when there is nothing, unless that is allowed, or both
 */
export function promptOf(
  fields: Readonly<Record<string, unknown>>,
  isOptional = false,
): { prompt: unknown; rest: Record<string, unknown> } {
  const { prompt, question, ...rest } = fields;
  if (prompt !== undefined && question !== undefined) throw new RequestFault('it has both "prompt" and "question"');
  if (prompt === undefined && question === undefined && !isOptional) throw new RequestFault('it has no "prompt"');
  return { prompt: prompt === undefined ? question : prompt, rest };
}

/** Whom requests are put to, in the words of the command line: what these name is not looked into. */
export type AskedModel = Pick<ModelOptions, "model" | "revision" | "imageTokenizer" | "adapter">;

/** What a result is an answer to: 12 hex digits that are others for another request, or the same to another model. */
export function askedOf(request: object, model: AskedModel): string {
  const text = JSON.stringify({ request, model }, sortKeys);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Options in another order are the same request. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Ids that become names of files, as disks compare them that know no case and only one form of accented letters.
 * @throws RequestFault for those that would lead elsewhere, or that some system does not take
 */
export function fileKeyOf(id: BatchId): string {
  const name = String(id);
  const isTooLong = new TextEncoder().encode(name).length > 200;
  if (isTooLong || /[/\\:*?"<>|\p{Cc}\p{Cs}]|^\.|[. ]$/u.test(name)) {
    throw new RequestFault(
      `the id ${JSON.stringify(id)} is to be the name of a file: take letters, digits, dots, dashes and spaces`,
    );
  }
  return name.normalize("NFC").toLowerCase();
}
