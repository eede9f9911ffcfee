/** Runs in the page: finds the case that a test names and calls it. Each file of `cases/` exports one function as default. */
type Case = (argument: unknown) => unknown;

const cases = import.meta.glob<{ default: Case }>("./cases/*.ts");

Object.assign(globalThis, {
  async runCase(name: string, argument: unknown) {
    const load = cases[`./cases/${name}.ts`];
    if (!load) throw new Error(`no case "${name}"; there are ${Object.keys(cases).join(", ")}`);
    return (await load()).default(argument);
  },
});
