/** What is looked at of a model under reinforcement, beside numbers: the first pictures and answers that were rewarded, and with what. */
import { promptOf, sampleAnswer, showSamples } from "../training/samples-node.js";
import type { Validation } from "../training/stage.js";
import type { JudgedAnswer } from "./iteration-metrics.js";

/** The first `count` pictures, and as many answers. */
export function judgedSamples(
  judged: readonly JudgedAnswer[],
  count: number,
): Promise<Pick<Validation, "pictures" | "answers">> {
  const cells = judged.flatMap(({ example, rollout: { picture }, score }) =>
    picture ? [{ image: picture.image, caption: `${score.total.toFixed(3)} ${promptOf(example)}` }] : [],
  );
  const answers = judged.flatMap(({ example, rollout: { picture, text = "" }, score }) =>
    picture ? [] : [{ ...sampleAnswer(example, text), reward: score.total }],
  );
  return showSamples(cells.slice(0, count), answers.slice(0, count));
}
