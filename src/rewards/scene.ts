/** How much of what a prompt of the mini world asks for is in the picture, by the scene verifier. */
import type { PromptSpec } from "../data/scenes/prompt-spec.js";
import { judge } from "../data/scenes/verifier.js";
import type { Reward } from "./reward.js";

/**
 * 1 for a picture that is right in all; else half the share of the wanted objects that are there, and no others. The prompt's meaning is
 * the example's `metadata.spec`.
 */
export function sceneReward(): Reward {
  return {
    name: "scene",
    score({ image, metadata }) {
      const spec = metadata.spec as PromptSpec | undefined;
      if (!image || !spec) throw new Error("the scene reward needs a picture, and an example with metadata.spec");
      const { isRight, detected } = judge(image, spec);
      if (isRight) return 1;
      const wanted = spec.groups.reduce((sum, { count }) => sum + count, 0);
      const found = spec.groups.reduce((sum, { count, color, shape, size }) => {
        const alike = detected.filter(
          (object) => object.color === color && object.shape === shape && (!size || object.size === size),
        );
        return sum + Math.min(count, alike.length);
      }, 0);
      return (0.5 * found) / Math.max(wanted, detected.length);
    },
  };
}
