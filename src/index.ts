/**
 * Multimodal masked-diffusion language models: load one and ask it (`MMaDA`), sample from it step by step (`denoise`), build and
 * differentiate graphs (`graph`, `gradient`), train (`train`). All of it runs in Node and in browsers; what needs files, folders
 * and processes is in `mmada/node`.
 *
 * @packageDocumentation
 */

export { type DeviceChoice, openBackend } from "#backends";
export { decodeImage, type EncodedFormat, encodeGif, encodeImage } from "#image-codec";
export { createRandom, type Random, type RandomState } from "./array/random.js";
export { type DType, type Tensor, type TypedArrays, tensor, zeros } from "./array/tensor.js";
export { DataError, type Example, type ExampleSource } from "./data/example.js";
export type { Split } from "./data/hash.js";
export {
  createMixture,
  type Mixture,
  type MixtureOptions,
  type MixturePart,
  type MixtureState,
} from "./data/mixture.js";
export type { ProblemKind } from "./data/problems/problem.js";
export { type ProblemSourceKind, type ProblemSourceOptions, problemExamples } from "./data/problems/problem-source.js";
export { renderScene } from "./data/scenes/render.js";
export {
  type Combinations,
  generateScene,
  type Rgb,
  type Scene,
  type SceneObject,
  type SceneOptions,
} from "./data/scenes/scene.js";
export { type SceneExampleOptions, sceneExamples } from "./data/scenes/scene-source.js";
export {
  type Canvas,
  type CanvasStep,
  type DenoisingStep,
  type Remasking,
  type SamplerNoise,
  type SamplerSettings,
  seededNoise,
} from "./diffusion/canvas.js";
export { denoise, denoiseFully } from "./diffusion/denoise.js";
export { drawTime, forwardProcess, type MaskingRule, type NoisedRow } from "./diffusion/forward-process.js";
export type { GuidanceInputs } from "./diffusion/guidance.js";
export {
  type CompiledPredictor,
  createMaskPredictor,
  type MaskPredictor,
  type PlaceProposals,
  type PredictorPlaces,
  type PredictorRows,
} from "./diffusion/mask-predictor.js";
export {
  evenTransferCounts,
  type MaskSchedule,
  type MaskScheduleName,
  maskSchedules,
  scheduledTransferCounts,
} from "./diffusion/mask-schedule.js";
export { type LossInputs, lossInputs, maskedLoss, tokenLogProbs } from "./diffusion/masked-loss.js";
export { compileGraph } from "./graph/compile.js";
export type { Dim, Shape } from "./graph/dims.js";
export { type GradientOptions, gradient } from "./graph/gradient.js";
export { type OnnxOptions, toOnnx } from "./graph/onnx.js";
export type { InitializerData } from "./graph/onnx-file.js";
/** The functions that build a graph: every operation, forward and backward, on every backend. */
export * as graph from "./graph/ops.js";
export type { Attributes, GraphDType, OperationName, Padding, QuantizationBits, Symbolic } from "./graph/symbolic.js";
export { psnr } from "./images/compare.js";
export type { GifOptions } from "./images/gif.js";
export type { Image, ImageSource } from "./images/image.js";
export { ImageError } from "./images/image-header.js";
export { type FitMode, fitImage } from "./images/preprocess.js";
export { magnify } from "./images/sheet.js";
export {
  ConfigError,
  type ImageTokenizerConfig,
  type NormParameters,
  parseImageTokenizerConfig,
  parseTransformerConfig,
  type TransformerConfig,
} from "./model/config.js";
export { createImageCodec, type ImageCodec } from "./model/image-codec.js";
export {
  type LoadedNetwork,
  type LoadNetworkOptions,
  loadImageTokenizer,
  loadTransformer,
} from "./model/load-model.js";
export type { LoraConfig } from "./model/lora.js";
export {
  type Initialization,
  initializeParameters,
  type LinearAdapter,
  listParameters,
  type ParameterMaker,
  type ParameterSpec,
} from "./model/parameters.js";
export { BASE_BITS, type BaseDType } from "./model/quantized-base.js";
export {
  type BlockParameters,
  hiddenStates,
  type Linear,
  logitsOf,
  type Norm,
  type TransformerInputs,
  type TransformerParameters,
  transformerInputs,
  transformerParameters,
  type VocabularyRange,
} from "./model/transformer.js";
export type { AnyWeights, WeightMap, WeightSource } from "./model/weight-source.js";
export type { Backend, CompileOptions, Device, Executable, NamedTensors, OnnxModel } from "./runtime/backend.js";
export type { Answer, AnswerRequest, AnswerStep } from "./tasks/answer.js";
export type { DescribeRequest } from "./tasks/describe.js";
export type {
  EditedText,
  EditRequest,
  ExtendRequest,
  Gap,
  InpaintRequest,
  PictureEdit,
  PictureEditRequest,
  TextEditRequest,
  TextEditStep,
} from "./tasks/edit.js";
export type { ExtendSide, Rectangle } from "./tasks/edit-grid.js";
export type { Generation } from "./tasks/generation.js";
export type { Picture, PictureStep } from "./tasks/grid.js";
export type { ImagineRequest } from "./tasks/imagine.js";
export type { ResultInfo, StepInfo, TaskPieces } from "./tasks/job.js";
export { type ComputeDType, type LoadedModel, type LoadOptions, MMaDA } from "./tasks/model.js";
export {
  type CallOptions,
  OptionError,
  type ResolvedOptions,
  type SamplingOptions,
  type TextOptions,
} from "./tasks/options.js";
export type { ImageInput } from "./tasks/picture.js";
export { RELEASED_DEFAULTS, type TaskDefaults } from "./tasks/task-defaults.js";
export { createTasks, type RequestOptions, type Tasks } from "./tasks/tasks.js";
export { MASK_SIGN, type Prompt } from "./tasks/text.js";
export type { ReasoningSampling, ThinkingOptions } from "./tasks/thinking.js";
export { type TokenizerTraining, type TrainedTokenizer, trainTokenizer } from "./tokens/bpe-trainer.js";
export { type ChatTemplate, createChatTemplate, type Message, type ThinkingPrompts } from "./tokens/chat-template.js";
export {
  type AnswerOptions,
  batchRows,
  layoutChat,
  layoutImage,
  layoutReasonedImage,
  layoutText,
  layoutUnderstanding,
  type Row,
  type RowBatch,
  type Span,
  type SpanName,
  type Task,
  type TextLength,
  unconditionalRow,
} from "./tokens/sequence.js";
export {
  createTextTokenizer,
  type TextTokenizer,
  type TokenizerConfig,
  TokenizerError,
} from "./tokens/text-tokenizer.js";
export {
  type CodeIndex,
  codeToToken,
  createVocabulary,
  maskIds,
  type SpecialTokens,
  type TokenId,
  tokenToCode,
  type Vocabulary,
  type VocabularyConfig,
  VocabularyError,
} from "./tokens/vocabulary.js";
export type { Accounts } from "./training/accounts.js";
export { type BatchSettings, type PackedBatch, packBatch, type TaskNoise } from "./training/batch.js";
export type { BlockNoise } from "./training/block-noise.js";
export { type ImageTokenizerLossWeights, imageTokenizerObjective } from "./training/image-tokenizer-objective.js";
export { type LearningRateSettings, warmupCosine } from "./training/learning-rate.js";
export {
  type Batch,
  type BatchSource,
  DivergenceError,
  type Fault,
  type StepReport,
  type TrainingRun,
  train,
} from "./training/loop.js";
export { hiddenMatrices, type MuonSettings, muon } from "./training/muon.js";
export {
  compileGradientStep,
  compileLoss,
  createObjective,
  type GradientStep,
  type Objective,
  type Weights,
} from "./training/objective.js";
export {
  type AdamWSettings,
  type Arrays,
  adamW,
  adamWRule,
  createOptimizer,
  decayedParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterState,
  type ParameterWithGradient,
  type UpdateRule,
} from "./training/optimizer.js";
export { type PretrainingObjectiveOptions, pretrainingObjective } from "./training/pretraining-objective.js";
export { ParameterError } from "./weights/check-parameters.js";
export { FileError } from "./weights/files.js";
export { type DownloadProgress, HubError } from "./weights/hub.js";
export { JsonError } from "./weights/json-files.js";
export { SafetensorsError } from "./weights/safetensors.js";
