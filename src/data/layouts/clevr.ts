/**
 * CLEVR: questions/CLEVR_train_questions.json, {"questions": [{"image_filename", "split", "question", "answer"}, …]}, with the pictures in
 * images/train beside its folder.
 */
import { type Fields, type Layout, textOf, user } from "./layout.js";

export const clevr: Layout = {
  convert(fields: Fields, _, place) {
    const file = textOf(fields, ["image_filename"], place);
    const split = typeof fields.split === "string" ? fields.split : /^CLEVR_([^_]+)_/.exec(file)?.[1];
    return {
      task: "mmu",
      messages: [user(textOf(fields, ["question"], place))],
      image: split === undefined ? file : `../images/${split}/${file}`,
      answer: textOf(fields, ["answer"], place),
    };
  },
};
