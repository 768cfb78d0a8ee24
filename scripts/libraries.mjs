// Libraries in files of their own, for V8 takes time for each function of a file, also for one that never runs.
import { createRequire } from "node:module";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** By the name that they are imported with: the file in dist/lib, and what to build it from, below node_modules. */
export const LIBRARIES = [
  "openpgp",
  "yaml",
  "zod",
  "@iarna/toml",
  "@sigstore/bundle",
  "@sigstore/protobuf-specs",
  "@sigstore/verify",
  "@tufjs/models",
  "tuf-js",
].map((name) => ({
  name,
  file: name.replace(/^@?/, "").replaceAll("/", "-"),
  module: relative(`${ROOT}/node_modules`, require.resolve(name)),
}));

/** A plugin for esbuild: leaves these libraries to the files beside the bundle. */
export const libraries = {
  name: "libraries",
  setup(build) {
    const filter = new RegExp(`^(?:${LIBRARIES.map(({ name }) => name).join("|")})$`);
    build.onResolve({ filter }, ({ path }) => {
      const found = LIBRARIES.find(({ name }) => name === path);
      return { path: `./lib/${found?.file}.cjs`, external: true };
    });
  },
};
