/** Asks a model at an address, through the package's public API: requests of all tasks, or a few, at once and one by one. */
import { MMaDA } from "../../../../src/index.js";
import type { Device } from "../../../../src/runtime/backend.js";
import { askAlone, askings, askTogether, fewAskings, type Traced } from "../../../requests.js";

export default async function tasks({ device, path, few }: { device: Device; path: string; few: boolean }) {
  const model = await MMaDA.fromPretrained(new URL(path, location.origin).href, { device });
  const results: Record<string, { together: Traced[]; alone: Traced[] }> = {};
  for (const [name, asking] of Object.entries(few ? fewAskings : askings)) {
    results[name] = { together: await askTogether(asking, model), alone: await askAlone(asking, model) };
  }
  await model.dispose();
  return results;
}
