/** Reading the parts of a loss from what a step's graph gives. */
import type { NamedTensors } from "../runtime/backend.js";

/** How the parts are read: plain data, which may come from another thread, or a function where a stage needs more. */
export type Accounts =
  /** Scalars of the graph as they are. */
  | { readonly kind: "scalars"; readonly names: readonly string[] }
  /** The numbers of one output, weighted and added up by the group that each is of. */
  | {
      readonly kind: "groups";
      readonly output: string;
      readonly groups: readonly string[];
      readonly weights: Float32Array;
    }
  | ((outputs: NamedTensors) => Readonly<Record<string, number>>);

/** The parts by name. */
export function readAccounts(accounts: Accounts, outputs: NamedTensors): Readonly<Record<string, number>> {
  if (typeof accounts === "function") return accounts(outputs);
  if (accounts.kind === "scalars")
    return Object.fromEntries(accounts.names.map((name) => [name, Number(outputs[name].data[0])]));
  const values = outputs[accounts.output].data as Float32Array;
  const sums: Record<string, number> = {};
  accounts.groups.forEach((group, i) => {
    sums[group] = (sums[group] ?? 0) + accounts.weights[i] * values[i];
  });
  return sums;
}
