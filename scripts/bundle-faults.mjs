// What compiles and still would fail or be slow as a bundle, found in esbuild's metafile.
import { readFileSync } from "node:fs";

/** Slow to load: they may only be in chunks that `import()` brings in. */
const HEAVY = ["zod", "yaml", "openpgp"];

/** The outputs that load when `entry` starts, before any `import()` runs. */
function eager(metafile, entry) {
  const seen = new Set([entry]);
  for (const output of seen) {
    for (const { path, kind } of metafile.outputs[output].imports) {
      if (kind === "import-statement" && path in metafile.outputs) seen.add(path);
    }
  }
  return [...seen];
}

const isOf = (library) => (path) => path.includes(`node_modules/${library}/`);
const isOurs = (path) => !path.includes("node_modules/");

/** Lines that say which heavy libraries load at the start, and which of our files asks for them. */
function heavyAtStart(metafile, name) {
  const inputs = eager(metafile, `dist/${name}.mjs`).flatMap((output) => Object.keys(metafile.outputs[output].inputs));
  const present = HEAVY.filter((library) => inputs.some(isOf(library)));
  return present.map((library) => {
    const importers = inputs.filter(isOurs).filter((input) => {
      const edges = metafile.inputs[input]?.imports ?? [];
      return edges.some(({ path, kind }) => kind === "import-statement" && isOf(library)(path));
    });
    return `dist/${name}.mjs loads ${library} when it starts; import it lazily from: ${importers.join(", ")}`;
  });
}

/**
 * Lines that say where our files `import()` a CommonJS library: Node gives its names there, the bundle only `default`,
 * so that it would work in the tests and fail in the executable.
 */
function lazyCommonJs(metafile) {
  return Object.entries(metafile.inputs)
    .filter(([path]) => isOurs(path))
    .flatMap(([path, { imports }]) =>
      imports
        .filter(({ kind, path: to }) => kind === "dynamic-import" && metafile.inputs[to]?.format === "cjs")
        .map(({ original }) => `${path}: import("${original}") is CommonJS; import() a file of ours that imports it`),
    );
}

/** Lines that say which of our files ask for their own place, and would find it to be the folder of a chunk. */
function misplaced(metafile, name) {
  const chunks = Object.entries(metafile.outputs).filter(([path]) => path !== `dist/${name}.mjs`);
  return chunks
    .flatMap(([, { inputs }]) => Object.keys(inputs))
    .filter((path) => isOurs(path) && readFileSync(path, "utf8").includes("import.meta"))
    .map((path) => `${path}: uses import.meta, and is not part of dist/${name}.mjs itself; ask for it in the entry`);
}

/** Lines about the bundle `name`, each with the file to change; none when all is well. Paths are from the cwd. */
export function faultsOf(metafile, name) {
  return [...heavyAtStart(metafile, name), ...lazyCommonJs(metafile), ...misplaced(metafile, name)];
}
