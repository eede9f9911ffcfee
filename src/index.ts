/** The public API of mmada, nothing else. */
export { createRandom, type Random } from "./array/random.js";
export { type DType, type Tensor, tensor } from "./array/tensor.js";
export {
  type Canvas,
  type CanvasStep,
  type DenoisingStep,
  denoise,
  denoiseFully,
  type SamplerNoise,
  type SamplerSettings,
  seededNoise,
} from "./diffusion/denoise.js";
export { forwardProcess } from "./diffusion/forward-process.js";
export { createMaskPredictor, type MaskPredictor } from "./diffusion/mask-predictor.js";
export {
  evenTransferCounts,
  type MaskSchedule,
  maskSchedules,
  scheduledTransferCounts,
} from "./diffusion/mask-schedule.js";
export { gradient } from "./graph/gradient.js";
export { toOnnx } from "./graph/onnx.js";
export * as graph from "./graph/ops.js";
export type { Image } from "./images/image.js";
export { loadImageTokenizer, loadTransformer } from "./model/load-model.js";
export { type LoadedModel, type LoadOptions, MMaDA } from "./tasks/model.js";
export { createTasks, type Tasks } from "./tasks/tasks.js";
