/** `mmada tokenize-image`: codes of pixel values, and pixel values of codes, file to file. */
import { Command } from "commander";
import { openBackend } from "#backends";
import type { Tensor } from "../../array/tensor.js";
import { createImageCodec } from "../../model/image-codec.js";
import { loadImageTokenizer } from "../../model/load-model.js";
import { openTensorFile, saveTensorFile } from "../../weights/tensor-file.js";
import { readIntegers, toInt64 } from "../integer-tensors.js";
import { type NodeDevice, withDevice, withJson } from "../model-options.js";
import { prepareOtherOutput } from "../outputs.js";

interface TokenizeOptions {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly device: NodeDevice;
  readonly json?: boolean;
}

export function tokenizeImageCommand(): Command {
  const command = new Command("tokenize-image")
    .description("pixel_values [B, 3, H, W] (F32) to codes [B, N] (I64) and decoded; or codes to decoded")
    .requiredOption("--model <directory>", "directory of an image tokenizer")
    .requiredOption("--input <file>", "safetensors with pixel_values or codes (of a square picture)")
    .requiredOption("--output <file>", "safetensors that codes and decoded are written to")
    .addHelpText(
      "after",
      "\nExample:\n  mmada tokenize-image --model models/mini/image-tokenizer --input in.safetensors --output out.safetensors",
    );
  return withJson(withDevice(command)).action(async (options: TokenizeOptions) => {
    await prepareOtherOutput(options);
    const { config, weights } = await loadImageTokenizer(options.model);
    const codec = createImageCodec(await openBackend(options.device), config, { weights, areTrained: false });
    const file = await openTensorFile(options.input);
    const has = (name: string) => file.names.includes(name);
    const pixels = has("pixel_values") ? await file.readAs("pixel_values", "float32") : undefined;
    // Where both are given, these codes are decoded and not those of the pixels.
    const given = pixels && !has("codes") ? undefined : await readIntegers(file, options.input, "codes");
    await file.close();
    const stray = pixels?.data.find((value) => !Number.isFinite(value));
    if (stray !== undefined)
      throw new RangeError(`${options.input}: pixel_values hold ${stray}; they must be numbers from -1 to 1`);
    const codes = pixels ? await codec.encode(pixels) : (given as Tensor<"int32">);
    const [height, width] = pixels ? pixels.shape.slice(2).map((side) => side / codec.downsampling) : squareOf(codes);
    const decoded = await codec.decode(given ?? codes, height, width);
    await codec.dispose();
    await saveTensorFile(options.output, [
      ["codes", toInt64(codes)],
      ["decoded", decoded],
    ]);
    if (options.json) {
      console.log(JSON.stringify({ path: options.output, codes: codes.shape, decoded: decoded.shape }));
    }
  });
}

/** The grid of codes alone, which do not say how they lie. @throws RangeError when they make no square */
function squareOf({ shape: [, numCodes] }: Tensor<"int32">): [number, number] {
  const side = Math.sqrt(numCodes);
  if (Number.isInteger(side)) return [side, side];
  throw new RangeError(`${numCodes} codes make no square picture`);
}
