/** One training or evaluation example, whatever its task, and where examples come from. */
import type { ImageSource } from "../images/image.js";
import type { Message } from "../tokens/chat-template.js";
import type { Task } from "../tokens/sequence.js";

export type { Message, Task };

/**
 * - `lm`: `answer` is the whole text, `messages` is empty
 * - `lm_chat`: `messages` end with the user's, `answer` is the reply
 * - `mmu`: the same, about `image`
 * - `t2i`: one user message, the caption of `image`, which prompts for reinforcement are without
 * - `r2i`: the same, and `reasoning` leads from the message to the image
 */
export interface Example {
  readonly task: Task;
  readonly messages: readonly Message[];
  readonly image?: ImageSource;
  readonly reasoning?: string;
  readonly answer?: string;
  /** How the reasoning begins, or the answer where there is none, if that is given: what is learnt is to go on from there. */
  readonly given?: string;
  /** What else is known of it, as plain data that rewards and evaluation look at: choices, the `spec` of what is to be drawn, … */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Examples by index, so that order and resumption are arithmetic on whole numbers. A generator's `length` is
 * Infinity; a file's is its number of records. `read(i)` always gives the same example for the same i.
 */
export interface ExampleSource {
  readonly name: string;
  readonly length: number;
  /** @throws DataError with the place of the record when it is broken */
  read(index: number): Promise<Example>;
  /** Closes what is open. */
  dispose?(): Promise<void>;
}

/** A record that cannot be used: what is wrong, and where it stands. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly place: string;
  /** What is wrong there: the message without the place. */
  readonly reason: string;
  constructor(place: string, reason: string) {
    super(`${place}: ${reason}`);
    this.place = place;
    this.reason = reason;
  }
}
