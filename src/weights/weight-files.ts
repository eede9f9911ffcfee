/** Which files of a model's directory hold its weights, told by their names alone: the same for who opens, lists and downloads them. */

export const SINGLE = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
/** What PyTorch saves, which is read where there is nothing else. */
export const TORCH = "pytorch_model.bin";

/** Whether an index may name this as a shard: a safetensors file beside it. */
export function isShardName(name: unknown): name is string {
  return typeof name === "string" && /^[^/\\:]+\.safetensors$/.test(name) && !name.startsWith("..");
}

/**
 * The file of a directory to open its weights by: `model.safetensors`, else `model.safetensors.index.json`, else the only index or
 * safetensors file that is there, whatever its name, else `pytorch_model.bin`; undefined where there is none, or no telling which.
 */
export function findWeights(names: readonly string[]): string | undefined {
  const usual = [SINGLE, INDEX].find((name) => names.includes(name));
  if (usual !== undefined) return usual;
  const indexes = names.filter(isIndexName);
  if (indexes.length === 1) return indexes[0];
  const files = names.filter(isShardName);
  if (files.length > 0) return files.length === 1 ? files[0] : undefined;
  return names.includes(TORCH) ? TORCH : undefined;
}

export function isIndexName(name: string): boolean {
  return name.endsWith(".safetensors.index.json");
}
