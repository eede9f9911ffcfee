/**
 * What reading and writing large files takes, whatever the platform. Each platform has one module with the functions of
 * `Files`, reached as "#files": `files-node.ts` for disks, `files-web.ts` for addresses.
 */

/** A file that is read by ranges; sizes and offsets go beyond 4 GB. */
export interface RandomAccessFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /**
   * `length` bytes from `offset` on, in memory of their own that starts at offset 0 of its buffer.
   * @throws FileError when they are not all there
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface Files {
  /** @throws FileError when there is no such file, or it may not be read */
  openFile(path: string): Promise<RandomAccessFile>;
  /** Names of the files in a directory. @throws FileError when there is no such directory */
  listDirectory(path: string): Promise<string[]>;
  /** The path of `name` in `directory`. */
  joinPath(directory: string, name: string): string;
  createDirectory(path: string): Promise<void>;
  /** Does nothing when there is none. */
  removeFile(path: string): Promise<void>;
  /**
   * Writes beside, then renames: `path` holds either what it held before or all chunks.
   * @throws FileError when that fails, for want of space for example; what was at `path` is still there
   */
  writeFileAtomically(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Whether an error is what is said where there is no such file: a disk's word for it, a server's, or a page that some servers send in its
 * place. A refusal counts too, for looking whether a file is there: object stores that show nobody their lists answer 403 for what is absent.
 */
export function isAbsent({ code }: FileError): boolean {
  return code === "ENOENT" || code === "HTTP 404" || code === "HTTP 403" || code === "HTML";
}

/** What went wrong with a file: its path, the system's code, what to do. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly path: string;
  /** The system's name for it, such as `ENOENT`. */
  readonly code: string | undefined;
  constructor(path: string, problem: string, code?: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
    this.code = code;
  }
}
