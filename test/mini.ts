import { fileURLToPath } from "node:url";

/** The directory of the bundled model. */
export const miniPath = fileURLToPath(new URL("../models/mini", import.meta.url));
