// One file of many chunks, each in a function of its own. V8 spends time on every function of a file that it loads, also on one
// that never runs; those of a chunk come to be when the chunk is first asked for. One file, so that the compiled code of what a
// command needs can be kept as one (bin/load.js).
import { basename } from "node:path";
import { transform } from "esbuild";

const AS_CHUNK = {
  // Not .mjs: between modules, as the chunks are, a default import is what the other calls its default.
  sourcefile: "chunk.js",
  format: "cjs",
  platform: "node",
  target: "node20",
  // Not `import()` itself: code that was compiled in an earlier run cannot call it.
  supported: { "dynamic-import": false },
  charset: "ascii",
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "warning",
};

/** Uses everything that esbuild needs helpers for, to have those once and not in each chunk. */
const USES_ALL = 'import one from "one"; export const two = () => [one, import("two")]; export * from "three";';

/** Chunks are modules of one build: each hands out what it exports itself, where esbuild would put a copy with getters to getters. */
const AS_THEY_ARE = `__toCommonJS = (mod) => __defProp(mod, "__esModule", { value: true });
const copied = __toESM;
__toESM = (mod, isNodeMode) => (mod?.__esModule && !isNodeMode ? mod : copied(mod, isNodeMode));`;

/**
 * The text of a CommonJS file out of the chunks that esbuild's `splitting` wrote, and what esbuild warned of on the way.
 * @param files esbuild's output files
 * @param entry name of the chunk to start with, such as `omg.js`
 */
export async function packed(files, entry) {
  const { helpers } = parts((await transform(USES_ALL, AS_CHUNK)).code);
  const known = new Set(namesIn(helpers));
  const results = await Promise.all(files.map(({ text }) => transform(text, AS_CHUNK)));
  const chunks = results.map(({ code }, index) => {
    const own = parts(code);
    const shared = namesIn(own.helpers).every((name) => known.has(name));
    return `"./${basename(files[index].path)}"(module,exports,require){${shared ? own.rest : code}}`;
  });
  const text = `"use strict";${helpers}
${AS_THEY_ARE}
const omgBundle = require("node:url").pathToFileURL(__filename).href;
const loaded = {};
const chunks = {
${chunks.join(",\n")}
};
function load(name) {
  if (loaded[name] !== undefined) return loaded[name].exports;
  if (chunks[name] === undefined) return require(name);
  const module = { exports: {} };
  loaded[name] = module;
  chunks[name](module, module.exports, load);
  return module.exports;
}
load("./${entry}");
`;
  return { text, warnings: results.flatMap(({ warnings }) => warnings) };
}

/** What esbuild puts before a chunk's own code, and that code. */
function parts(code) {
  const start = Math.max(code.indexOf("var chunk_exports={}"), 0);
  return { helpers: code.slice(0, start), rest: code.slice(start) };
}

/** A helper that had to be renamed is another name, and its chunk keeps its own. */
function namesIn(helpers) {
  return [...helpers.matchAll(/\b(__\w+)=/g)].map(([, name]) => name);
}
