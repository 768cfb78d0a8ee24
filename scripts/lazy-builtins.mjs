// Node's larger modules, loaded when something in them is first used: together they take longer than a short command's work.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const LAZY = [
  "child_process",
  "fs/promises",
  "http",
  "https",
  "net",
  "readline",
  "readline/promises",
  "stream",
  "timers/promises",
  "tls",
  "tty",
  "zlib",
];

/** By way of node:fs, where host/looks.ts sees who reads it. */
const FROM = { "fs/promises": 'require("node:fs").promises' };

/** Each name as a getter, so that importing the module is nothing and using it is what it was. */
function standIn(name) {
  const keys = Object.keys(require(`node:${name}`));
  const from = FROM[name] ?? `require("node:${name}")`;
  const getters = keys.map((key) => `get ${JSON.stringify(key)}() { return ${from}.${key}; }`);
  return `module.exports = { ${getters.join(", ")} };`;
}

/** A plugin for esbuild. A library that does without the prefix `node:` is served as well. */
export const lazyBuiltins = {
  name: "lazy-builtins",
  setup(build) {
    const filter = new RegExp(`^(?:node:)?(?:${LAZY.join("|")})$`);
    build.onResolve({ filter }, ({ path, namespace }) => {
      const name = path.replace(/^node:/, "");
      return namespace === "lazy" ? { path: `node:${name}`, external: true } : { path: name, namespace: "lazy" };
    });
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ contents: standIn(path), loader: "js" }));
  },
};
