/** A row as the network sees it, for people: text as text, codes counted, and in colour what is masked. */
import { styleText } from "node:util";
import type { Row } from "../tokens/sequence.js";
import type { TextTokenizer } from "../tokens/text-tokenizer.js";
import type { Vocabulary } from "../tokens/vocabulary.js";

/** What a place is to the network. */
type Role = "given" | "learnt" | "masked" | "filler";

/** Without colours masked text stands in [brackets]. */
const PLAIN: Readonly<Record<Role, (text: string) => string>> = {
  given: (text) => text,
  learnt: (text) => text,
  masked: (text) => `[${text}]`,
  filler: (text) => text,
};
const COLORED: Readonly<Record<Role, (text: string) => string>> = {
  given: (text) => styleText("dim", text),
  learnt: (text) => styleText("green", text),
  masked: (text) => styleText(["black", "bgYellow"], text),
  filler: (text) => styleText("dim", text),
};

const ROW_LEGEND = { given: "given", learnt: "may be masked", masked: "masked: to be predicted" } as const;

/** Who reads it: a terminal, or what asks for colours (`FORCE_COLOR`) and does not refuse them (`NO_COLOR`). */
export function hasColors(stream: { readonly isTTY?: boolean }, environment = process.env): boolean {
  if (environment["NO_COLOR"]) return false;
  return environment["FORCE_COLOR"] !== undefined ? environment["FORCE_COLOR"] !== "0" : stream.isTTY === true;
}

/** The legend in its colours. */
export function rowLegend(isColored: boolean): string {
  const styles = isColored ? COLORED : PLAIN;
  return (Object.keys(ROW_LEGEND) as (keyof typeof ROW_LEGEND)[])
    .map((role) => styles[role](ROW_LEGEND[role]))
    .join("  ");
}

/**
 * The clean row, its masked places marked. Runs of a filler and codes of a picture are counted, not shown.
 * @param isMasked 1 where a place is masked
 */
export function rowText(
  { ids, isMaskable, spans }: Row,
  isMasked: Uint8Array,
  { tokenizer, vocabulary, isColored }: { tokenizer: TextTokenizer; vocabulary: Vocabulary; isColored: boolean },
): string {
  const styles = isColored ? COLORED : PLAIN;
  const { image } = spans;
  const isFiller = (place: number) =>
    ids[place] === vocabulary.special.eos && ids[place - 1] === vocabulary.special.eos;
  const roleOf = (place: number): Role => {
    if (isMasked[place]) return "masked";
    return isFiller(place) ? "filler" : isMaskable[place] ? "learnt" : "given";
  };
  let text = "";
  for (let start = 0; start < ids.length; ) {
    if (image && start === image.start) {
      const numMasked = isMasked.subarray(image.start, image.end).reduce((sum, flag) => sum + flag, 0);
      const role = numMasked > 0 ? "masked" : isMaskable[start] ? "learnt" : "given";
      text += styles[role](`‹${image.end - image.start} codes${numMasked > 0 ? `, ${numMasked} masked` : ""}›`);
      start = image.end;
      continue;
    }
    const role = roleOf(start);
    const isRun = isFiller(start);
    let end = start + 1;
    while (end < ids.length && end !== image?.start && roleOf(end) === role && isFiller(end) === isRun) end++;
    const run = isRun
      ? `‹${end - start} more›`
      : tokenizer.decode(ids.subarray(start, end), { skipSpecialTokens: false });
    text += styles[role](run);
    start = end;
  }
  return text;
}
