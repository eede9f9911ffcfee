/** What every operation of a graph computes. The compiler checks that no operation is left out. */
import type { OperationName } from "../src/graph/symbolic.js";
import type { OperationCase } from "./operations/case.js";
import { elementwiseCases } from "./operations/elementwise.js";
import { indexingCases } from "./operations/indexing.js";
import { productCases } from "./operations/products.js";
import { reductionCases } from "./operations/reductions.js";
import { shapeCases } from "./operations/shapes.js";

export type { OperationCase };

export const operationCases = {
  ...elementwiseCases,
  ...reductionCases,
  ...productCases,
  ...shapeCases,
  ...indexingCases,
} satisfies Record<OperationName, readonly OperationCase[]>;
