// Builds one bundle per executable into dist/. What is imported with `import()` becomes a chunk that loads when it is
// reached.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { faultsOf } from "./bundle-faults.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** `lazy`: may have chunks, and is checked by bundle-faults.mjs. The hook is one file, so that apt needs nothing beside it. */
const ENTRIES = [
  { name: "omg", source: "cli/main.ts", lazy: true },
  { name: "omg-root", source: "root/main.ts", lazy: true },
  { name: "apt-hook", source: "providers/apt/hook.ts", lazy: false },
];

// Bundled CommonJS libraries call `require` for Node's own modules.
const BANNER =
  'import { createRequire as omgCreateRequire } from "node:module"; const require = omgCreateRequire(import.meta.url);';

async function bundle({ name, source, lazy }) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [name]: source },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: `chunks/${name}/[name]-[hash]`,
    bundle: true,
    splitting: lazy,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js: BANNER },
    legalComments: "external",
    metafile: true,
    logLevel: "warning",
    // @iarna/toml asks for util.inspect that way on purpose.
    logOverride: { "direct-eval": "silent" },
  });
  return metafile;
}

/** What one entry came to: the files it wrote, and lines about what is wrong. */
async function buildEntry(entry) {
  const missing = !existsSync(join(ROOT, entry.source));
  if (missing) return { files: [], problems: [`${entry.source} does not exist: dist/${entry.name}.mjs was not built`] };
  const metafile = await bundle(entry);
  const files = Object.keys(metafile.outputs);
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`built dist/${entry.name}.mjs (${files.length} files, ${Math.round(bytes / 1024)} KiB)`);
  return { files, problems: entry.lazy ? faultsOf(metafile, entry.name) : [] };
}

function failed(entry, error) {
  // esbuild has already shown its own errors.
  const reason = error instanceof Error && "errors" in error ? "see the errors above" : String(error);
  return { files: [], problems: [`dist/${entry.name}.mjs was not built: ${reason}`] };
}

/** Afterwards and not before, so that an omg that runs meanwhile does not lose the chunks it has still to load. */
function removeStale(built) {
  for (const entry of readdirSync(join(ROOT, "dist"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && !built.has(path)) rmSync(path);
  }
}

process.chdir(ROOT);
const results = [];
for (const entry of ENTRIES) results.push(await buildEntry(entry).catch((error) => failed(entry, error)));
const built = new Set(results.flatMap(({ files }) => files.map((file) => join(ROOT, file))));
if (existsSync(join(ROOT, "dist"))) removeStale(built);

const problems = results.flatMap((result) => result.problems);
for (const problem of problems) console.error(`build: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
