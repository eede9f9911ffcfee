/**
 * What pages need to say for themselves: everything else of `mmada` is in the package root.
 *
 * @packageDocumentation
 */

export { setWasmLocation } from "./runtime/ort-web.js";
