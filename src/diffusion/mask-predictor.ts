/**
 * The network as a sampler sees it: given rows and the places that may be revealed, a candidate for each and how sure it is. The
 * sampler knows this interface alone, so that tests and faster samplers can put something else in its place.
 */
import { joinFloats } from "../array/floats.js";
import { type Tensor, tensor } from "../array/tensor.js";
import { input } from "../graph/ops.js";
import type { Symbolic } from "../graph/symbolic.js";
import { createComputationCache } from "../model/computation-cache.js";
import type { TransformerConfig } from "../model/config.js";
import { withAdapters } from "../model/lora.js";
import { symbolicParameter } from "../model/parameters.js";
import { frozenParameter } from "../model/quantized-base.js";
import { logitsOf, transformerParameters, type VocabularyRange } from "../model/transformer.js";
import { compileWithWeights, type WeightSource } from "../model/weight-source.js";
import type { Backend, NamedTensors } from "../runtime/backend.js";
import { type Drawing, guidedHiddenStates, proposals } from "./proposals.js";

/** Compiled graphs that are kept: the body, the output heads of text and of pictures, and one more. */
const MAX_COMPILED = 4;

/** B rows of T places (int32 [B, T] each), as `batchRows` makes them. */
export interface PredictorRows {
  readonly ids: Tensor<"int32">;
  readonly segmentIds: Tensor<"int32">;
  readonly positions: Tensor<"int32">;
}

/** P places that may be revealed; every list has P entries. */
export interface PredictorPlaces {
  /** Indices into the B·T places of the rows. */
  readonly places: Int32Array;
  /** The same places in the rows that guidance compares with; the place itself where there is none. */
  readonly unconditionalPlaces: Int32Array;
  /** s of (1 + s)·conditional − s·unconditional. */
  readonly guidanceScales: Float32Array;
  readonly temperatures: Float32Array;
  /** One in (0, 1) for each place, or (Gumbel-max) one for each place and column. */
  readonly uniforms: Float32Array;
  /** The columns of the output head that may be drawn. */
  readonly range: VocabularyRange;
}

/** What the network proposes for each of the P places. */
export interface PlaceProposals {
  /** Token ids. */
  readonly candidates: Int32Array;
  readonly logProbs: Float32Array;
  readonly margins: Float32Array;
  readonly entropies: Float32Array;
}

/** The network as samplers call it. Anything that keeps this promise will do: a mock, a cache, another runtime. */
export type MaskPredictor = (rows: PredictorRows, at: PredictorPlaces) => Promise<PlaceProposals>;

/** A network that is ready to be asked. */
export interface CompiledPredictor {
  readonly predict: MaskPredictor;
  /** Logits [B, T, V] at all places: for looking, not for sampling. */
  logits(rows: PredictorRows): Promise<Tensor<"float32">>;
  /** Gives its memory back, once calls under way have ended. */
  dispose(): Promise<void>;
}

/** A single place two times over: products of one row are computed by another kernel, whose last bits are not those of a batch. */
function twice(at: PredictorPlaces): PredictorPlaces {
  const { places, unconditionalPlaces, guidanceScales, temperatures, uniforms, range } = at;
  return {
    places: Int32Array.of(places[0], places[0]),
    unconditionalPlaces: Int32Array.of(unconditionalPlaces[0], unconditionalPlaces[0]),
    guidanceScales: Float32Array.of(guidanceScales[0], guidanceScales[0]),
    temperatures: Float32Array.of(temperatures[0], temperatures[0]),
    uniforms: joinFloats([uniforms, uniforms]),
    range,
  };
}

/**
 * The transformer as a mask predictor. Graphs are compiled when first needed: the body once, an output head for each range of
 * columns.
 */
export function createMaskPredictor(
  backend: Backend,
  config: TransformerConfig,
  source: WeightSource,
): CompiledPredictor {
  const { lora } = source;
  const make = lora ? withAdapters(frozenParameter(lora.base), lora, symbolicParameter) : symbolicParameter;
  const parameters = transformerParameters(config, make);
  const cache = createComputationCache(MAX_COMPILED, "the model");
  const use = (key: string, outputs: () => Readonly<Record<string, Symbolic>>, inputs: NamedTensors) =>
    cache.use(
      key,
      () => compileWithWeights(backend, outputs(), source),
      (computation) => computation.run(inputs),
    );
  const hiddenInput = () => input("hidden", "float32", ["P", config.width]);

  const hiddenAt = async (
    rows: PredictorRows,
    at: Pick<PredictorPlaces, "places" | "unconditionalPlaces" | "guidanceScales">,
  ) => {
    const P = [at.places.length];
    const graph = () => ({ hidden: guidedHiddenStates(config, parameters) });
    const { hidden } = await use("body", graph, {
      ids: rows.ids,
      segmentIds: rows.segmentIds,
      positions: rows.positions,
      places: tensor("int32", P, at.places),
      unconditionalPlaces: tensor("int32", P, at.unconditionalPlaces),
      guidanceScales: tensor("float32", P, at.guidanceScales),
    });
    return hidden;
  };

  return {
    async predict(rows, asked) {
      const at = asked.places.length === 1 ? twice(asked) : asked;
      const numPlaces = at.places.length;
      const { start, end } = at.range;
      const drawing: Drawing = at.uniforms.length === numPlaces ? "inverse" : "gumbel";
      const graph = () => ({ ...proposals(config, parameters, hiddenInput(), at.range, drawing) });
      const uniformShape = drawing === "inverse" ? [numPlaces] : [numPlaces, end - start];
      const results = await use(`head ${start} ${end} ${drawing}`, graph, {
        hidden: await hiddenAt(rows, at),
        temperatures: tensor("float32", [numPlaces], at.temperatures),
        uniforms: tensor("float32", uniformShape, at.uniforms),
      });
      const numAsked = asked.places.length;
      const floats = ({ data }: Tensor) => (data as Float32Array).subarray(0, numAsked);
      return {
        candidates: (results.candidates.data as Int32Array).subarray(0, numAsked).map((column) => column + start),
        logProbs: floats(results.logProbs),
        margins: floats(results.margins),
        entropies: floats(results.entropies),
      };
    },
    async logits(rows) {
      const [B, T] = rows.ids.shape;
      const places = Int32Array.from({ length: B * T }, (_, i) => i);
      const all = { places, unconditionalPlaces: places, guidanceScales: new Float32Array(B * T) };
      const graph = () => ({ logits: logitsOf(config, parameters, hiddenInput()) });
      const { logits } = await use("logits", graph, { hidden: await hiddenAt(rows, all) });
      return tensor("float32", [B, T, config.vocabularySize], logits.data as Float32Array);
    },
    dispose: () => cache.dispose(),
  };
}
