/** Everything that a model of the mini world is judged by, in the order of the table. */
import { type Emoji, isReserved } from "../data/emoji-node.js";
import type { Section } from "./benchmark.js";
import { emojiRetrieval } from "./emoji-retrieval.js";
import { problems } from "./problems.js";
import { sceneDescriptions } from "./scene-descriptions.js";
import { sceneQuestions } from "./scene-questions.js";
import { textToImage } from "./text-to-image.js";
import { imageTokenizer } from "./tokenizer.js";

/** @param emoji as `listEmoji` gives them; none: what needs them is left out */
export function miniSuite(emoji: readonly Emoji[]): Section[] {
  const gallery = emoji.filter(({ file, baseFile }) => file === baseFile);
  return [
    imageTokenizer(emoji),
    sceneQuestions,
    sceneDescriptions,
    problems,
    textToImage,
    ...(gallery.length > 0 ? [emojiRetrieval(gallery, ({ name }) => !isReserved({ name }))] : []),
  ];
}
