// For ./quickstart: installs the libraries and builds the bundles where that has not been done for these sources. Quiet where it works.
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folders without sources of the bundles. */
const OTHER = ["node_modules", "dist", "test", "docs", "examples", "bench", "coverage"];

/** A file as JSON; undefined where it is missing or no JSON. */
function json(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  } catch {
    return undefined;
  }
}

/** A link was put there by somebody who looks after it; `npm ci` would empty the folder behind it. */
function isLinked(path) {
  return lstatSync(join(ROOT, path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whether every library that the lock file names is there in that version, by npm's own list of what it installed. */
function isInstalled() {
  if (isLinked("node_modules")) return true;
  const wanted = json("package-lock.json")?.packages ?? {};
  const present = json("node_modules/.package-lock.json")?.packages ?? {};
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || present[path]?.version === version,
  );
}

function newest(folder) {
  const times = readdirSync(join(ROOT, folder), { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith(".") || OTHER.includes(path) ? 0 : newest(path);
    return /\.(ts|mjs|json)$/.test(entry.name) ? statSync(join(ROOT, path)).mtimeMs : 0;
  });
  return Math.max(0, ...times);
}

function isBuilt() {
  const bundles = ["omg", "omg-root", "apt-hook"].map((name) => join(ROOT, "dist", `${name}.cjs`));
  const times = bundles.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.min(...times) > newest("");
}

function stop(message, lines) {
  process.stderr.write(`\nquickstart: ${message}\n${lines.map((line) => `  ${line}\n`).join("")}`);
  process.exit(1);
}

/** npm with its cache and logs in this folder, so that nothing else is written to. */
function npm(args, what) {
  const env = { ...process.env, npm_config_cache: join(ROOT, ".cache/npm"), npm_config_update_notifier: "false" };
  const started = performance.now();
  process.stdout.write(`${what} (npm ${args.join(" ")})…`);
  const { error, status, stdout, stderr } = spawnSync("npm", args, { cwd: ROOT, env, encoding: "utf8" });
  if (status === 0) {
    process.stdout.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stdout.write("\n");
  if (error?.code === "ENOENT")
    stop("npm is not installed.", ["Nothing was changed.", "Run: sudo apt-get install npm"]);
  process.stderr.write(`${stdout}${stderr}`);
  stop(`npm ${args.join(" ")} failed (exit ${status ?? "unknown"}); its output is above.`, [
    "Nothing outside this folder was changed.",
    "Once that is put right, run ./quickstart again.",
  ]);
}

if (!isInstalled()) npm(["ci", "--prefer-offline", "--no-audit"], "Installing the libraries");
if (!isBuilt()) npm(["run", "--silent", "build"], "Building omg");
