// A reward of your own: how much of a drawing has a colour. In a recipe of reinforcement, beside other rewards or alone:
//   rewards:
//     - { weight: 1, tasks: [t2i], reward: { type: module, path: ../examples/reward.js, options: { color: [220, 40, 40] } } }

/** @param {{ color: [number, number, number] }} options what the recipe says under `options` */
export function createReward({ color }) {
  return {
    name: "color",
    // A rollout: task, messages, answer, image, promptImage, expected, metadata, numTokens, isFinished. Pictures are RGB, a byte each.
    score({ image }) {
      if (!image) return 0;
      const { width, height, data } = image;
      const isNear = (pixel) => color.every((value, channel) => Math.abs(data[3 * pixel + channel] - value) < 40);
      let near = 0;
      for (let pixel = 0; pixel < width * height; pixel++) if (isNear(pixel)) near++;
      return near / (width * height);
    },
  };
}
