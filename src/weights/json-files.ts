/** JSON files, with errors that name the file. */
import { openFile } from "#files";
import { FileError, isAbsent } from "./files.js";
import { findJsonFault } from "./json-keys.js";

/** What is wrong with a JSON file. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/** Settings and tokenizers are read whole; nothing sensible is larger. */
const MAX_BYTES = 256e6;

/**
 * A parsed JSON file.
 * @throws FileError when it cannot be read; JsonError when it is no JSON
 */
export async function readJson(path: string): Promise<unknown> {
  const file = await openFile(path);
  try {
    if (file.size > MAX_BYTES) throw new JsonError(`${path} has ${file.size} bytes, too many for a file of settings`);
    const text = new TextDecoder().decode(await file.read(0, file.size));
    const fault = findJsonFault(text, 100);
    if (fault) throw new JsonError(`${path} ${fault}`);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonError(`${path} is no JSON: ${error.message}`);
    throw error;
  } finally {
    await file.close();
  }
}

/** A parsed JSON file, or undefined where there is none. @throws as `readJson` for one that is there */
export async function readOptionalJson(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof FileError && isAbsent(error)) return undefined;
    throw error;
  }
}
