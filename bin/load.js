// Runs a bundle, with V8's compiled code of it kept between runs: that saves a third of a short command's time.
// Apart from start.js because old versions of Node cannot parse it.
"use strict";

const { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync } =
  require("node:fs");
const { O_NONBLOCK, O_RDONLY } = require("node:fs").constants;
const { homedir } = require("node:os");
const path = require("node:path");
const Module = require("node:module");
const vm = require("node:vm");

/**
 * Runs the CommonJS file `bundle` (ASCII) as if it had been required. `compileCache`: keep V8's compiled code between runs. `first`: a small
 * bundle that may have the answer already, for the commands that only look. `rest`: name of a file beside the bundle that these commands mostly do not need.
 */
function load(bundle, { compileCache, first, rest }) {
  const program = path.dirname(bundle);
  const words = [process.argv[2], process.argv.slice(2, 4).join(" ")];
  const isLook = words.some((word) => first?.commands.includes(word));
  const small = isLook ? path.join(program, `${first.bundle}.cjs`) : undefined;
  if (small !== undefined && existsSync(small) && require(small).answered(process.argv.slice(2), program)) return;
  const own = Module.createRequire(bundle);
  const theRest = `./${rest}.cjs`;
  let loaded;
  const needed = (name) => {
    if (name !== theRest) return own(name);
    loaded ??= run(path.join(program, theRest), compileCache, own);
    return loaded;
  };
  // What takes longer must not find another build's file there when it comes to need it.
  if (rest !== undefined && !isLook) needed(theRest);
  run(bundle, compileCache, needed);
}

/** What a file exports. */
function run(file, compileCache, required) {
  const source = readFileSync(file, "latin1");
  const caches = compileCache ? cachesOf(file) : [];
  const found = caches.map(readTrusted).find((kept) => kept !== undefined);
  // An empty file is the mark of a first run.
  const cachedData = found?.data.length === 0 ? undefined : found?.data;
  const script = new vm.Script(Module.wrap(source), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected) keepAtExit(caches, found, script);
  else if (!found.isLearned) learnAtExit(caches, script);
  const module = new Module(file, require.main);
  module.filename = file;
  script.runInThisContext()(module.exports, required, module, file, path.dirname(file));
  return module.exports;
}

/**
 * Where compiled code of a bundle may lie, best first: beside it as its owner's, and for others in their own cache. V8 looks at the
 * length of the source alone, so the name says which bundle it is; commands need different functions, so each has its own.
 */
function cachesOf(bundle) {
  const { uid, size, ctimeMs } = statSync(bundle);
  const [command = "", part = ""] = process.argv.slice(2);
  // What omgd starts has parts that need as different functions as commands do.
  const word =
    /^(?:[a-z]{1,16}|__[a-z]{1,16}-[a-z]{0,16})$/.exec(
      command.startsWith("__") ? `${command}-${part}` : command,
    )?.[0] ?? "other";
  const file = [
    path.basename(bundle, ".cjs"),
    process.version,
    process.arch,
    size,
    Math.round(ctimeMs * 1000),
    word,
  ].join("-");
  const beside = { file: path.join(path.dirname(bundle), ".compile-cache", file), owner: uid };
  const own = process.getuid();
  // Root believes nobody's code but that of whoever wrote the program.
  if (own === uid || own === 0) return [beside];
  const home = process.env.XDG_CACHE_HOME || path.join(process.env.HOME || homedir(), ".cache");
  return [beside, { file: path.join(home, "omg", "code", file), owner: own }];
}

/** Whoever can write the cache can change what runs. What is looked at is the open file, which nobody can swap meanwhile. */
function readTrusted({ file, owner }) {
  let fd;
  try {
    fd = openSync(file, O_RDONLY | O_NONBLOCK);
    const { uid, mode } = fstatSync(fd);
    const isTrusted = uid === owner && (mode & 0o022) === 0;
    return isTrusted ? { data: readFileSync(fd), isLearned: (mode & 0o777) === LEARNED } : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * At the end, for by then V8 has compiled what the command needs; and not of the first run, which reads and parses much that
 * later ones find in other caches. Only of commands that went well.
 */
function keepAtExit(caches, found, script) {
  writeAtExit(caches, KEPT, () => (found === undefined ? "" : script.createCachedData()));
}

/** A run that takes as long as this does what shorter ones of the same command do not. Milliseconds. */
const LONG = 300;

/** Modes of the file, which say whether a long run has added to it. */
const KEPT = 0o644;
const LEARNED = 0o444;

/**
 * Adds what the first long run of a command needs, once: a plan without changes leaves out all that changes need, and which of them comes
 * first is chance.
 */
function learnAtExit(caches, script) {
  writeAtExit(caches, LEARNED, () => (performance.now() < LONG ? undefined : script.createCachedData()));
}

function writeAtExit(caches, mode, dataOf) {
  const cache = caches.find(({ owner }) => owner === process.getuid());
  if (cache === undefined) return;
  process.on("exit", (code) => {
    if (code !== 0 && code !== 2) return;
    const temporary = `${cache.file}.${process.pid}`;
    try {
      const data = dataOf();
      if (data === undefined) return;
      if (cache === caches[0]) process.umask(0o022); // for all that have the bundle, whatever its owner's umask
      mkdirSync(path.dirname(cache.file), { recursive: true, mode: 0o755 });
      writeFileSync(temporary, data, { flag: "wx", mode });
      renameSync(temporary, cache.file);
    } catch {
      // the next run compiles again
    }
  });
}

module.exports = { load };
