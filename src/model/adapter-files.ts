/** Adapters on disk, in the layout of PEFT: `adapter_model.safetensors` with `adapter_config.json`. */
import { createDirectory, joinPath, writeFileAtomically } from "#files";
import type { Tensor } from "../array/tensor.js";
import { readJson } from "../weights/json-files.js";
import { encodeSafetensors } from "../weights/safetensors.js";
import { openTensorFile } from "../weights/tensor-file.js";
import { ConfigError } from "./config.js";
import { ADAPTER_TARGETS, type Adapter, type AdapterTarget, DOWN, layersOf } from "./lora.js";

const WEIGHTS = "adapter_model.safetensors";
const CONFIG = "adapter_config.json";

/**
 * Writes an adapter into a directory, as float32.
 * @param base where PEFT finds the model that it belongs to
 * @throws FileError when something cannot be written
 */
export async function saveAdapter(directory: string, { config, weights }: Adapter, base: string): Promise<void> {
  const { rank, alpha, targets } = config;
  const settings = {
    peft_type: "LORA",
    task_type: null,
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    // A pattern, since the output head is called ff_out too: a plain list would adapt it.
    target_modules: `.*\\.blocks\\.\\d+\\.(${targets.join("|")})`,
    lora_dropout: 0,
    bias: "none",
    fan_in_fan_out: false,
    init_lora_weights: true,
    inference_mode: true,
    modules_to_save: null,
    use_rslora: false,
    use_dora: false,
  };
  await createDirectory(directory);
  await writeFileAtomically(joinPath(directory, WEIGHTS), encodeSafetensors(weights, { format: "pt" }));
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  await writeFileAtomically(joinPath(directory, CONFIG), [new TextEncoder().encode(text)]);
}

/**
 * An adapter of low rank from its directory.
 * @throws FileError, SafetensorsError when files are missing or unsound; ConfigError for an adapter of another kind
 */
export async function loadAdapter(directory: string): Promise<Adapter> {
  const origin = joinPath(directory, CONFIG);
  const settings = ((await readJson(origin)) ?? {}) as Readonly<Record<string, unknown>>;
  const { r, lora_alpha: alpha } = settings;
  if (settings.peft_type !== "LORA")
    throw new ConfigError(`${origin}: peft_type is ${JSON.stringify(settings.peft_type)}, only LORA is known`);
  if (!Number.isInteger(r) || (r as number) < 1 || typeof alpha !== "number")
    throw new ConfigError(
      `${origin}: r and lora_alpha must be numbers, not ${JSON.stringify(r)} and ${JSON.stringify(alpha)}`,
    );
  const isSet = (value: unknown) =>
    Boolean(value) && (typeof value !== "object" || Object.keys(value as object).length > 0);
  const unknown = ["use_dora", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "modules_to_save"].filter((key) =>
    isSet(settings[key]),
  );
  if ((settings.bias ?? "none") !== "none") unknown.push("bias");
  if (unknown.length > 0) {
    const shown = unknown.map((key) => `${key}: ${JSON.stringify(settings[key])}`).join(", ");
    throw new ConfigError(
      `${origin}: ${shown} is of a kind of adapter that is not known here; merge it into its model with PEFT, and load the result`,
    );
  }
  const file = await openTensorFile(joinPath(directory, WEIGHTS));
  try {
    const weights = new Map<string, Tensor<"float32">>();
    for (const name of file.names) weights.set(name, await file.readAs(name, "float32"));
    const rank = r as number;
    // Rank-stabilized adapters count alpha / √rank.
    const config = { rank, alpha: settings.use_rslora ? alpha * Math.sqrt(rank) : alpha, targets: [] };
    const layers = layersOf({ config, weights });
    const stranger = file.names.find((name) => !/\.lora_[AB]\.weight$/.test(name));
    if (layers.length * 2 !== weights.size)
      throw new ConfigError(
        `${directory}: holds other tensors than lora_A and lora_B of layers, such as ${stranger ?? "one without its other"}`,
      );
    const misfit = [...weights].find(([name, { shape }]) => name.endsWith(DOWN) && shape[0] !== rank);
    if (misfit) {
      const [name, { shape }] = misfit;
      throw new ConfigError(`${origin}: r is ${rank}, but ${name} is of rank ${shape[0]}`);
    }
    const isAdapted = (target: AdapterTarget) => layers.some((layer) => layer.endsWith(`.${target}`));
    return { config: { ...config, targets: ADAPTER_TARGETS.filter(isAdapted) }, weights };
  } finally {
    await file.close();
  }
}
