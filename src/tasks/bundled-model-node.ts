import { fileURLToPath } from "node:url";

/** The directory of the small model that comes with the package. */
export const BUNDLED_MODEL = fileURLToPath(new URL("../../models/mini", import.meta.url));
