/** `mmada forward`: the transformer's logits of given ids, file to file. */
import { Command } from "commander";
import { openBackend } from "#backends";
import { tensor } from "../../array/tensor.js";
import { createMaskPredictor } from "../../diffusion/mask-predictor.js";
import { loadTransformer } from "../../model/load-model.js";
import { openTensorFile, saveTensorFile } from "../../weights/tensor-file.js";
import { readIntegers } from "../integer-tensors.js";
import { type NodeDevice, withDevice, withJson } from "../model-options.js";
import { prepareOtherOutput } from "../outputs.js";

interface ForwardOptions {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly device: NodeDevice;
  readonly json?: boolean;
}

export function forwardCommand(): Command {
  const command = new Command("forward")
    .description("logits [B, T, V] of input_ids [B, T] (I64), with an optional attention_mask [B, T] (I64, 1 = real)")
    .requiredOption("--model <directory>", "model directory")
    .requiredOption("--input <file>", "safetensors with input_ids")
    .requiredOption("--output <file>", "safetensors that logits are written to")
    .addHelpText(
      "after",
      "\nExample:\n  mmada forward --model models/mini --input in.safetensors --output out.safetensors",
    );
  return withJson(withDevice(command)).action(async (options: ForwardOptions) => {
    await prepareOtherOutput(options);
    const file = await openTensorFile(options.input);
    const read = (name: string) => readIntegers(file, options.input, name);
    const ids = await read("input_ids");
    const [B, T] = ids.shape;
    const ones = () => tensor("int32", ids.shape, new Int32Array(ids.data.length).fill(1));
    const mask = file.names.includes("attention_mask") ? await read("attention_mask") : ones();
    await file.close();
    if (`${mask.shape}` !== `${ids.shape}`) {
      throw new RangeError(`attention_mask has shape [${mask.shape}], input_ids [${ids.shape}]; they must be alike`);
    }
    const neither = mask.data.find((value) => value !== 0 && value !== 1);
    if (neither !== undefined) {
      throw new RangeError(
        `${options.input}: attention_mask holds ${neither}; it must be 1 where a place is real, else 0`,
      );
    }
    const { config, weights } = await loadTransformer(options.model);
    // The released code computes on: the rotary embedding has no end.
    if (T > config.maxSequenceLength)
      process.stderr.write(
        `input_ids are ${T} places long, more than the model's ${config.maxSequenceLength}: computed all the same\n`,
      );
    const stray = ids.data.find((id) => id < 0 || id >= config.vocabularySize);
    if (stray !== undefined)
      throw new RangeError(`id ${stray} is outside of the vocabulary, 0 to ${config.vocabularySize - 1}`);
    const positions = tensor(
      "int32",
      ids.shape,
      Int32Array.from({ length: B * T }, (_, i) => i % T),
    );
    const predictor = createMaskPredictor(await openBackend(options.device), config, { weights, areTrained: false });
    const logits = await predictor.logits({ ids, segmentIds: mask, positions });
    await predictor.dispose();
    await saveTensorFile(options.output, [["logits", logits]]);
    if (options.json) console.log(JSON.stringify({ path: options.output, logits: logits.shape }));
  });
}
