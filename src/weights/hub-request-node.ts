/** Requests to the Hub: the token where it belongs, and answers that are no good as errors that say what to do. */
import { HubError } from "./hub.js";

export interface HubClient {
  readonly endpoint: string;
  readonly id: string;
  readonly revision: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** @throws HubError for a token that no header can hold; it is not shown, since it is secret all the same */
export function checkToken(token: string | undefined): string | undefined {
  if (!token || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new HubError("The token in HF_TOKEN (or given, or left by a login) has characters of no token. Copy it again.");
}

/**
 * One request, redirects followed; the token goes to the Hub alone, not to where it redirects.
 * @throws HubError unless the answer is good; the signal's reason when it is aborted
 */
export async function hubFetch(
  client: HubClient,
  url: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { endpoint, token, signal } = client;
  const isHub = new URL(url).origin === new URL(endpoint).origin;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { "user-agent": "mmada", ...(token && isHub ? { authorization: `Bearer ${token}` } : {}), ...headers },
      signal: signal ?? null,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(endpoint, error);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw refusal(client, response);
}

/** The pieces of an answer as they come. @throws HubError when the connection breaks; the signal's reason when it is aborted */
export async function* chunksOf({ endpoint, signal }: HubClient, response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const next = await reader?.read().catch((error) => {
        signal?.throwIfAborted();
        throw connectionError(endpoint, error);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

/** The same answer with all of its body in memory, so that reading it cannot fail any more. */
export async function readWhole(client: HubClient, response: Response): Promise<Response> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(client, response)) chunks.push(chunk);
  return new Response(Buffer.concat(chunks), response);
}

/** A connection that could not be made, or that broke. */
export function connectionError(endpoint: string, error: unknown): HubError {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const reason = cause?.code || cause?.message || message;
  const wayOut = "Check the network and HF_ENDPOINT; what was downloaded is kept, so try again to go on.";
  return new HubError(`The connection to ${endpoint} failed (${reason}). ${wayOut}`, {
    isTransient: true,
    cause: error,
  });
}

/** Servers tell with `X-Error-Code` what a status leaves open: a model that is private answers as one that is not there. */
function refusal({ endpoint, id, revision, token }: HubClient, { status, headers, url }: Response): HubError {
  const code = headers.get("x-error-code");
  const login = token
    ? "Check that the token in HF_TOKEN may read it."
    : `Make a token at ${endpoint}/settings/tokens and set HF_TOKEN to it.`;
  const is = (wanted: string, ...statuses: number[]) => code === wanted || (!code && statuses.includes(status));
  const say = (message: string) => new HubError(message, { status });
  if (code === "GatedRepo") {
    return say(`${id} is gated (${status}): its terms must be accepted at ${endpoint}/${id}. ${login}`);
  }
  if (code === "RevisionNotFound")
    return say(`${id} has no revision ${revision} (${status}). Check the branch, tag or commit.`);
  if (code === "EntryNotFound")
    return say(`${url} is not there (${status}), though the Hub lists it. Try again later.`);
  if (is("RepoNotFound", 404)) {
    const hint = status === 404 && token ? "Check the spelling." : `Check the spelling; if it is private: ${login}`;
    return say(`${endpoint} has no model ${id} (${status}). ${hint}`);
  }
  if (status === 401 || status === 403) {
    return say(`${endpoint} refuses ${id} (${status}): it is private or gated, or the token is wrong. ${login}`);
  }
  const isTransient = status === 408 || status === 429 || status >= 500;
  const wayOut = isTransient
    ? "Try again later: what was downloaded is kept."
    : "Check HF_ENDPOINT and the model's name.";
  return new HubError(`${endpoint} answers ${status} to ${url}. ${wayOut}`, { status, isTransient });
}
