/** Asks a model at an address, through the package's public API: requests of all tasks, or a few, at once and one by one. */
import { MMaDA } from "../../../../src/index.js";
import type { Device } from "../../../../src/runtime/backend.js";
import { askings, fewAskings } from "../../../requests.js";

export default async function tasks({ device, path, few }: { device: Device; path: string; few: boolean }) {
  const model = await MMaDA.fromPretrained(new URL(path, location.origin).href, { device });
  const results: Record<string, { together: readonly object[]; alone: object[]; numSteps: number }> = {};
  for (const [name, { together, alone }] of Object.entries(few ? fewAskings : askings)) {
    const call = together(model);
    let numSteps = 0;
    for await (const _ of call) numSteps++;
    results[name] = { together: await call, alone: await Promise.all(alone(model)), numSteps };
  }
  await model.dispose();
  return results;
}
