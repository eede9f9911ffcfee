/** Tries a device in a process of its own, `node probe-device.js NAME`: drivers that are broken may write what they like there, or crash. */
import { openBackend } from "#backends";
import { findFault } from "../graph/probe.js";
import type { NodeDevice } from "./model-options.js";

const fault = await findFault(await openBackend(process.argv[2] as NodeDevice));
process.stdout.write(JSON.stringify({ fault }));
