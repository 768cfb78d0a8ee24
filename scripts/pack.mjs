// Two files of many chunks, each in a function of its own. V8 spends time on every function of a file that it loads, also on one
// that never runs; those of a chunk come to be when the chunk is first asked for. Files of many, so that the compiled code of what a
// command needs can be kept as one (bin/load.js); two, because a plan needs a third of
// it, and to read the rest takes as long as to start that.
import { createHash } from "node:crypto";
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
 * The texts of two CommonJS files out of the chunks that esbuild's `splitting` wrote, and what esbuild warned of on the way. The first has the
 * digest of the second in it, so that it stands for both.
 * @param files esbuild's output files
 * @param entry name of the chunk to start with, such as `omg.js`
 * @param soon names of the chunks that are in the first file
 * @param rest name of the second file, which lies beside the first
 */
export async function packed(files, { entry, soon, rest }) {
  const { helpers } = parts((await transform(USES_ALL, AS_CHUNK)).code);
  const known = ["omgBundle", ...namesIn(helpers)];
  const results = await Promise.all(files.map(({ text }) => transform(text, AS_CHUNK)));
  const chunks = results.map(({ code }, index) => {
    const name = basename(files[index].path);
    const own = parts(code);
    const shared = namesIn(own.helpers).every((helper) => known.includes(helper));
    return { name, text: `"./${name}"(module,exports,require){${shared ? own.rest : code}}` };
  });
  const textsOf = (isMeant) => chunks.filter(({ name }) => isMeant(name)).map(({ text }) => text);
  const second = `"use strict";module.exports=(${known.join(",")})=>({
${textsOf((name) => !soon.has(name)).join(",\n")}
});
`;
  const first = `"use strict";${helpers}
${AS_THEY_ARE}
// ${rest}: ${createHash("sha256").update(second).digest("hex")}
const omgBundle = require("node:url").pathToFileURL(__filename).href;
const loaded = {};
const chunks = {
${textsOf((name) => soon.has(name)).join(",\n")}
};
function load(name) {
  if (loaded[name] !== undefined) return loaded[name].exports;
  if (!/^\\.\\/[^/]+\\.js$/.test(name)) return require(name);
  if (chunks[name] === undefined) Object.assign(chunks, require("./${rest}")(${known.join(",")}));
  if (chunks[name] === undefined) throw new Error("another build of omg was put in the place of this one while it ran: run the command again");
  const module = { exports: {} };
  loaded[name] = module;
  chunks[name](module, module.exports, load);
  return module.exports;
}
load("./${entry}");
`;
  return { first, second, warnings: results.flatMap(({ warnings }) => warnings) };
}

/**
 * Names of the chunks that run when these sources do, before any further `import()`.
 * @param metafile esbuild's
 */
export function chunksFor({ outputs }, sources) {
  const named = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const starts = [...named].filter(([, { entryPoint }]) => sources.includes(entryPoint)).map(([name]) => name);
  const found = new Set(starts);
  for (const name of found)
    for (const { path, kind } of named.get(name)?.imports ?? [])
      if (kind === "import-statement" && named.has(basename(path))) found.add(basename(path));
  return found;
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
