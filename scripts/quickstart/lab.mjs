// Where the tour takes place: the isolated root, and an environment in which omg, apt and dpkg see nothing else.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeRoot } from "./isolated-root.mjs";
import { runOk } from "./run.mjs";

const PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What may come along from the user's environment: how to show things, and how to reach the network. */
const PASSED = [
  "TERM",
  "COLUMNS",
  "NO_COLOR",
  "CLICOLOR",
  "COLORTERM",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];

/** Folders, the environment of every program, and what makeRoot found. */
export async function makeLab(clone, folder) {
  const home = join(folder, "home");
  const environment = join(folder, "my-machine");
  for (const path of [home, environment]) mkdirSync(path);
  const bin = join(clone, "bin");
  const path = `${bin}:${dirname(process.execPath)}:${PROGRAMS}`;
  const clean = { ...passed(), PATH: path, HOME: home, LC_ALL: "C.UTF-8" };
  const { aptConf, ...rest } = await makeRoot(folder, clean);
  const own = { APT_CONFIG: aptConf, DEBIAN_FRONTEND: "noninteractive", ...omgFolders(folder) };
  writeFileSync(join(folder, "env.sh"), shellFile(own, bin));
  await makeRepository(environment, clean);
  return { folder, environment, ...rest, env: { ...clean, ...own } };
}

/** Locks live in git; without it the tour goes on as well. */
async function makeRepository(environment, env) {
  if (PROGRAMS.split(":").some((place) => existsSync(join(place, "git"))))
    await runOk("git", ["-c", "init.defaultBranch=main", "init", "--quiet"], { env, cwd: environment });
}

function passed() {
  return Object.fromEntries(
    PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Nothing of an omg that the user may have here already is read or written. */
function omgFolders(folder) {
  const names = ["config", "data", "state", "cache", "runtime"];
  return Object.fromEntries(names.map((name) => [`OMG_${name.toUpperCase()}_DIR`, join(folder, name)]));
}

function shellFile(env, bin) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  return `${lines.join("")}export PATH=${quoted(bin)}:"$PATH"\n`;
}
