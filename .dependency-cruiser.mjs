/**
 * The walls between the parts of the source, checked by `npm run check`: the picture of docs/architecture.md, as rules. A part
 * imports only what stands on its line; nothing imports upwards, and nothing goes round in a circle.
 */
const MAY_IMPORT = {
  array: "",
  runtime: "array",
  images: "array",
  weights: "array",
  tokens: "array",
  graph: "array runtime",
  model: "array runtime weights graph",
  diffusion: "array runtime tokens graph model",
  "reward-models": "array runtime images weights tokens graph model",
  data: "array images tokens",
  tasks: "array runtime images weights tokens model diffusion",
  rewards: "runtime images weights reward-models data",
  evaluation: "array images weights model data tasks rewards",
  training: "array runtime images weights tokens graph model reward-models diffusion data tasks",
  rl: "array runtime images weights tokens graph model diffusion data tasks rewards training",
  curation: "images weights tokens data tasks rewards",
  runs: "array runtime weights graph model tasks training rl",
  cli: "array runtime images weights tokens graph model diffusion data tasks rewards evaluation training rl runs curation",
};

/** Files that run in Node alone: those that say so, and the program. */
const NODE_FILES = "-node\\.ts$|^src/cli/";

const walls = Object.entries(MAY_IMPORT).map(([part, parts]) => ({
  name: `${part}-imports-downwards`,
  comment: `src/${part} may import: ${parts || "no other part"} (docs/architecture.md).`,
  severity: "error",
  from: { path: `^src/${part}/` },
  to: { path: "^src/", pathNot: `^src/(${[part, ...parts.split(" ").filter(Boolean)].join("|")})/` },
}));

export default {
  forbidden: [
    ...walls,
    {
      name: "parts-are-known",
      comment: "A new folder of src/ needs a line in MAY_IMPORT.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: `^src/(${Object.keys(MAY_IMPORT).join("|")})/` },
      to: {},
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "one-importer-of-onnx-runtime",
      comment: "Sessions, devices and buffers are src/runtime's.",
      severity: "error",
      from: { pathNot: "^src/runtime/ort-" },
      to: { path: "node_modules/onnxruntime-" },
    },
    {
      name: "node-in-node-files",
      comment: "Browsers load everything but files named *-node.ts and src/cli; they reach these through #names.",
      severity: "error",
      from: { pathNot: `${NODE_FILES}|^src/runtime/ort-node` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "node-files-stay-in-node",
      comment: "A file that browsers load reaches a *-node.ts through the imports map of package.json.",
      severity: "error",
      from: {
        path: "^src/(array|runtime|images|weights|tokens|graph|model|reward-models|diffusion|tasks)/",
        pathNot: NODE_FILES,
      },
      to: { path: "-node\\.ts$", dependencyTypesNot: ["aliased"] },
    },
    {
      name: "no-development-dependencies",
      comment: "What src/ imports must be in dependencies of package.json.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"] },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    exclude: "\\.test\\.ts$",
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.test.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js"],
      conditionNames: ["import", "types", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
