// Who may import whom, types included. The table is the one of CONTRIBUTING.md; everything it does not allow is
// refused.

/** Folder: what it may import, besides itself, package.json, Node's own modules and the libraries below. */
const TABLE = {
  schema: [],
  host: ["schema"],
  providers: ["schema", "host"],
  policy: ["schema", "host"],
  reconciler: ["schema", "host"],
  catalog: ["schema", "host"],
  team: ["schema", "host"],
  app: ["schema", "host", "providers", "policy", "reconciler", "catalog", "team"],
  cli: ["schema", "app", "daemon"],
  daemon: ["schema", "host", "app"],
  root: ["schema", "host", "app"],
};

/** Library: the only places that may import it. What stands here is slow to load or belongs to one front end. */
const LIBRARIES = {
  zod: ["schema/files/", "schema/wire/", "scripts/", "test/"],
  yaml: ["schema/files/", "scripts/", "test/"],
  "@iarna/toml": ["schema/files/", "scripts/", "test/"],
  openpgp: ["policy/pgp/", "team/bundle/", "test/"],
  "@sigstore": ["policy/slsa/", "test/"],
  "@tufjs": ["policy/slsa/trust/", "test/"],
  "tuf-js": ["policy/slsa/trust/", "test/"],
  "bonjour-service": ["daemon/peers/", "test/"],
  commander: ["cli/", "test/"],
};

/** Files on the path of a query: nothing they reach may be one of the libraries above. */
const QUERY_PATH = ["^schema/model/", "^schema/error\\.ts$", "^schema/wire/status\\.ts$", "^host/", "^catalog/"];

const PRODUCT = Object.keys(TABLE);
const startsWithOneOf = (places) => `^(${places.join("|")})`;

const folderRules = Object.entries(TABLE).map(([folder, allowed]) => ({
  name: `table-${folder}`,
  comment: `${folder}/ may import ${allowed.length === 0 ? "nothing else of ours" : allowed.join(", ")}`,
  severity: "error",
  from: { path: `^${folder}/` },
  to: {
    pathNot: startsWithOneOf([...[folder, ...allowed, "node_modules"].map((name) => `${name}/`), "package\\.json$"]),
    dependencyTypesNot: ["core", "unknown"],
  },
}));

const libraryRules = Object.entries(LIBRARIES).map(([library, places]) => ({
  name: `library-${library}`,
  comment: `${library} is only imported from ${places.join(", ")}`,
  severity: "error",
  from: { pathNot: `${startsWithOneOf(places)}|node_modules/` },
  to: { path: `node_modules/${library}/` },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    ...libraryRules,
    {
      name: "providers-apart",
      comment: "a provider knows no other provider; what two need lives in host/",
      severity: "error",
      from: { path: "^providers/([^/]+)/" },
      to: { path: "^providers/", pathNot: "^providers/$1/" },
    },
    {
      name: "model-is-contracts",
      comment: "schema/model/ holds types only: it imports nothing but itself",
      severity: "error",
      from: { path: "^schema/model/" },
      to: { pathNot: "^schema/(model/|error\\.ts$)" },
    },
    {
      name: "query-path",
      comment: "a query starts fast: nothing it reaches loads zod, yaml, toml, openpgp or commander",
      severity: "error",
      from: { path: QUERY_PATH },
      to: { reachable: true, path: `node_modules/(${Object.keys(LIBRARIES).join("|")})/` },
    },
    {
      name: "no-cycles",
      comment: "no cycles, types included",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "a file that imports nothing and is imported by nothing is not part of the program",
      severity: "error",
      from: { orphan: true, path: startsWithOneOf(PRODUCT.map((folder) => `${folder}/`)) },
      to: {},
    },
    {
      name: "resolvable",
      comment: "every import leads to a file or an installed library",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-dependencies",
      comment: "the program imports no library that is only installed for development",
      severity: "error",
      from: { path: startsWithOneOf(PRODUCT.map((folder) => `${folder}/`)) },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], pathNot: "node_modules/@types/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage|bin|\\.cache|\\.quickstart|\\.git)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types", "default"] },
  },
};
