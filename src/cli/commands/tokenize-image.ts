/** `mmada tokenize-image`: codes of pixel values, and pixel values of codes, file to file. */
import { Command } from "commander";
import { openBackend } from "#backends";
import { type Tensor, tensor } from "../../array/tensor.js";
import { createImageCodec } from "../../model/image-codec.js";
import { loadImageTokenizer } from "../../model/load-model.js";
import { openTensorFile, saveTensorFile } from "../../weights/tensor-file.js";
import { type NodeDevice, withDevice, withJson } from "../model-options.js";

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
    const { config, weights } = await loadImageTokenizer(options.model);
    const codec = createImageCodec(await openBackend(options.device), config, { weights, areTrained: false });
    const file = await openTensorFile(options.input);
    let codes: Tensor<"int32">;
    let grid: [number, number];
    if (file.names.includes("pixel_values")) {
      const pixels = await file.readAs("pixel_values", "float32");
      codes = await codec.encode(pixels);
      grid = [pixels.shape[2] / codec.downsampling, pixels.shape[3] / codec.downsampling];
    } else {
      const { shape, data } = await file.read("codes");
      codes = tensor(
        "int32",
        shape,
        Int32Array.from(data as ArrayLike<number | bigint> & Iterable<number | bigint>, Number),
      );
      const side = Math.sqrt(shape[1]);
      if (!Number.isInteger(side)) throw new RangeError(`${shape[1]} codes make no square picture`);
      grid = [side, side];
    }
    await file.close();
    const decoded = await codec.decode(codes, ...grid);
    await codec.dispose();
    const wide = tensor("int64", codes.shape, BigInt64Array.from(codes.data, BigInt));
    await saveTensorFile(options.output, [
      ["codes", wide],
      ["decoded", decoded],
    ]);
    if (options.json) {
      console.log(JSON.stringify({ path: options.output, codes: codes.shape, decoded: decoded.shape }));
    }
  });
}
