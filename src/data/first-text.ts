/** What an address answers, and no more of it than was asked for: an answer may be anything, or have no end. */

/** The text up to the chunk that goes beyond `maxBytes`. @throws TypeError when the answer breaks off, the signal's reason when aborted */
export async function firstText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    text += decoder.decode(value, { stream: true });
    if (size > maxBytes) {
      await reader.cancel();
      break;
    }
  }
  return text;
}

/** Why an address could not be asked: `fetch` says that it failed, and why in the cause. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = (error.cause ?? {}) as { readonly code?: string; readonly message?: string };
  const cause = message || code;
  return cause ? `${error.message} (${cause})` : error.message;
}
