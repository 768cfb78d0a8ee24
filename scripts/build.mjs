// Builds one file per executable into dist/. What is imported with `import()` is in it too, and runs when it is reached.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { heavyAtStart } from "./bundle-faults.mjs";
import { lazyBuiltins } from "./lazy-builtins.mjs";
import { LIBRARIES, libraries } from "./libraries.mjs";
import { chunksFor, packed } from "./pack.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * `quick`: starts for every command, so that the libraries it seldom needs lie beside it. `soon`: has much that a single command does not need
 * (pack.mjs), and these sources are what a plan and a check do need. In none may anything heavy load at the start: see bundle-faults.mjs.
 */
const ENTRIES = [
  {
    name: "omg",
    source: "cli/main.ts",
    quick: true,
    soon: [
      "cli/main.ts",
      "app/commands/check.ts",
      "app/commands/plan.ts",
      "app/held-policy.ts",
      "app/standing/keep.ts",
      "cli/actions/change.ts",
      "cli/actions/index.ts",
      "schema/files/lock.ts",
      "schema/files/policy.ts",
    ],
  },
  { name: "omg-standing", source: "cli/standing/main.ts", quick: true },
  { name: "omg-fast", source: "cli/fast/main.ts", quick: true },
  { name: "omg-root", source: "root/main.ts", quick: false },
  { name: "apt-hook", source: "providers/apt/hook.ts", quick: false },
  ...LIBRARIES.map(({ file, module }) => ({ name: `lib/${file}`, source: `node_modules/${module}`, quick: false })),
];

// CommonJS, because V8's compiled code of it can be kept between runs on every Node (bin/load.js), and because Node's own
// modules load in a third of the time.
async function bundle({ name, source, quick, soon }) {
  const { metafile, warnings, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [name]: source },
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    // Not `import()` itself: code that was compiled in an earlier run cannot call it.
    supported: { "dynamic-import": false },
    plugins: quick ? [lazyBuiltins, libraries] : [lazyBuiltins],
    // ASCII only, so that the file is read as one byte a character.
    charset: "ascii",
    // Less to read, and less compiled code to keep, for what starts with every command.
    minifyWhitespace: quick,
    minifySyntax: quick,
    define: { "import.meta.url": "omgBundle" },
    banner: { js: 'const omgBundle = require("node:url").pathToFileURL(__filename).href;' },
    legalComments: "external",
    metafile: true,
    logLevel: "warning",
    // @iarna/toml asks for util.inspect that way on purpose.
    logOverride: { "direct-eval": "silent" },
    ...(soon ? { format: "esm", splitting: true, write: false, banner: {}, supported: {}, outExtension: {} } : {}),
  });
  return soon
    ? pack({ name, soon }, outputFiles, metafile, warnings)
    : { metafile, warnings, files: Object.keys(metafile.outputs) };
}

async function pack({ name, soon }, outputFiles, metafile, warnings) {
  const ending = (end) => outputFiles.filter(({ path }) => path.endsWith(end));
  const rest = `${name}-rest.cjs`;
  const made = await packed(ending(".js"), { entry: `${name}.js`, soon: chunksFor(metafile, soon), rest });
  const legal = [...new Set(ending(".LEGAL.txt").map(({ text }) => text))].join("\n");
  const texts = {
    [`dist/${rest}`]: made.second,
    [`dist/${name}.cjs`]: made.first,
    ...(legal === "" ? {} : { [`dist/${name}.cjs.LEGAL.txt`]: legal }),
  };
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  // In one step each: an omg that starts meanwhile finds the old files or the new ones, and never a part.
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(ROOT, `${file}.new`), text);
  for (const file of Object.keys(texts)) renameSync(join(ROOT, `${file}.new`), join(ROOT, file));
  return { metafile, warnings: [...warnings, ...made.warnings], files: Object.keys(texts) };
}

/** What one entry came to: the files it wrote, and lines about what is wrong. */
async function buildEntry(entry) {
  const missing = !existsSync(join(ROOT, entry.source));
  if (missing) return { files: [], problems: [`${entry.source} does not exist: dist/${entry.name}.cjs was not built`] };
  const { metafile, warnings, files } = await bundle(entry);
  const { size } = statSync(join(ROOT, `dist/${entry.name}.cjs`));
  console.log(`built dist/${entry.name}.cjs (${Math.round(size / 1024)} KiB)`);
  const warned = warnings.length > 0 ? [`dist/${entry.name}.cjs: see the warnings above`] : [];
  return { files, problems: [...warned, ...(entry.name.startsWith("lib/") ? [] : heavyAtStart(metafile, entry))] };
}

function failed(entry, error) {
  // esbuild has already shown its own errors.
  const reason = error instanceof Error && "errors" in error ? "see the errors above" : String(error);
  return { files: [], problems: [`dist/${entry.name}.cjs was not built: ${reason}`] };
}

/** What native-build.mjs makes, and prompts start while this runs. */
const NATIVE = ["omg", "omg-fast"].map((name) => join(ROOT, "dist", name));

/** Afterwards and not before, so that an omg that starts meanwhile finds its file. */
function removeStale(built) {
  for (const entry of readdirSync(join(ROOT, "dist"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && !built.has(path)) rmSync(path);
  }
}

process.chdir(ROOT);
const results = [];
for (const entry of ENTRIES) results.push(await buildEntry(entry).catch((error) => failed(entry, error)));
const built = new Set([...NATIVE, ...results.flatMap(({ files }) => files.map((file) => join(ROOT, file)))]);
if (existsSync(join(ROOT, "dist"))) removeStale(built);

const problems = results.flatMap((result) => result.problems);
for (const problem of problems) console.error(`build: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
