// What compiles and still would be slow as a bundle, found in esbuild's metafile.

/** Slow to load: they may only come with an `import()`. */
const HEAVY = ["zod", "yaml", "openpgp"];

/** The sources that run when the bundle of `source` starts, before any `import()` does. */
function eager({ inputs }, source) {
  const seen = new Set([source]);
  for (const input of seen) {
    for (const { path, kind } of inputs[input]?.imports ?? []) if (kind !== "dynamic-import") seen.add(path);
  }
  return [...seen];
}

/** Within the bundle, or in the file of its own that libraries.mjs makes. */
const isOf = (library) => (path) => path.includes(`node_modules/${library}/`) || path === `./lib/${library}.cjs`;
const isOurs = (path) => !path.includes("node_modules/") && !path.startsWith("./lib/");

/** Lines that say which heavy libraries load at the start, and which of our files asks for them; none when all is well. */
export function heavyAtStart(metafile, { name, source }) {
  const inputs = eager(metafile, source);
  const present = HEAVY.filter((library) => inputs.some(isOf(library)));
  return present.map((library) => {
    const importers = inputs.filter(isOurs).filter((input) => {
      const edges = metafile.inputs[input]?.imports ?? [];
      return edges.some(({ path, kind }) => kind !== "dynamic-import" && isOf(library)(path));
    });
    return `dist/${name}.cjs loads ${library} when it starts; import it lazily from: ${importers.join(", ")}`;
  });
}
