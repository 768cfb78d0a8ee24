// npm run bench -- [ROW…]: bundles the benchmarks and runs them. README.md says what each row means.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, ".cache/bench");

// Data out of a library: Node takes an import of it only with words that esbuild leaves out.
const libraryData = {
  name: "library-data",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[@a-z][^:]*\.json$/ }, ({ path }) => ({ path: join(ROOT, "node_modules", path) })),
};

await build({
  absWorkingDir: ROOT,
  entryPoints: { main: "bench/main.ts", "fetch-only": "bench/fetch-only.ts" },
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  plugins: [libraryData],
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
// Certificates that Node would read at every start have nothing to do with what is measured.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
const { status } = spawnSync(process.execPath, [join(OUT, "main.mjs"), ...process.argv.slice(2)], {
  cwd: ROOT,
  env,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
