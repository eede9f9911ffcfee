/** Both networks of a model at an address, on the device asked for. */
import { openBackend } from "#backends";
import type { Device } from "../../../../src/runtime/backend.js";
import { computeNetworks } from "../../../networks.js";

export default async function networks({ device, path }: { device: Device; path: string }) {
  return computeNetworks(await openBackend(device), new URL(path, location.origin).href);
}
