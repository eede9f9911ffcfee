/**
 * CLEVR: questions/CLEVR_train_questions.json, {"questions": [{"image_filename", "split", "question", "answer"}, …]}, with the pictures in
 * a folder for every split, such as images/train beside its own.
 */
import { type Fields, type Layout, textOf, user } from "./layout.js";

export const clevr: Layout = {
  imageFolder: "../images",
  convert(fields: Fields, _, place) {
    const file = textOf(fields, ["image_filename"], place);
    const split = typeof fields.split === "string" ? fields.split : /^CLEVR_([^_]+)_/.exec(file)?.[1];
    return {
      task: "mmu",
      messages: [user(textOf(fields, ["question"], place))],
      image: split === undefined ? file : `${split}/${file}`,
      answer: textOf(fields, ["answer"], place),
    };
  },
};
