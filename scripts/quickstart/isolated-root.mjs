// A root of its own for the real apt and dpkg, which starts from a copy of what this machine has installed.
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runOk } from "./run.mjs";
import { readSources } from "./sources.mjs";
import { Stop } from "./stop.mjs";

const FOLDERS = [
  "etc/apt/apt.conf.d",
  "etc/apt/preferences.d",
  "etc/apt/sources.list.d",
  "etc/apt/trusted.gpg.d",
  "tmp",
  "usr",
  "var/cache/apt/archives/partial",
  "var/lib/apt/lists/partial",
  "var/lib/dpkg/info",
  "var/lib/dpkg/triggers",
  "var/lib/dpkg/updates",
  "var/log/apt",
];

/** Signed indexes and the lists they sign, in every form that apt keeps them in. */
const LISTS = /_(InRelease|Release|Release\.gpg|Packages(\.\w+)?)$/;

/**
 * Makes `folder`/root and `folder`/apt.conf. Nothing of the machine is linked, only copied: dpkg's database, apt's marks,
 * lists and keys, and the sources of the distribution. Gives what stands where.
 */
export async function makeRoot(folder, env) {
  const root = join(folder, "root");
  const aptConf = join(folder, "apt.conf");
  if (/["\\\n]/.test(root))
    throw new Stop(`apt cannot work below a path like ${JSON.stringify(root)}.`, ["Move the clone to another folder."]);
  for (const name of FOLDERS) mkdirSync(join(root, name), { recursive: true, mode: 0o755 });
  copyDatabase(root);
  copyKeys(root);
  const { files, keyringAdded } = readSources();
  if (Object.keys(files).length === 0) {
    throw new Stop("/etc/apt names no package source that can be used here.", [
      "Nothing was changed.",
      "sources.list(5) says how to name one.",
    ]);
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "etc/apt/sources.list.d", name), text);
  writeFileSync(aptConf, configuration(root, await machineSettings(env)));
  return { root, aptConf, keyringAdded, copied: copyLists(root) };
}

/**
 * The lists of files come along, so that dpkg sees conflicts. The maintainer scripts and triggers of the machine do not:
 * what is not there cannot run.
 */
function copyDatabase(root) {
  copy("/var/lib/dpkg/status", root);
  copyIfPresent("/var/lib/dpkg/arch", root);
  copyIfPresent("/var/lib/apt/extended_states", root);
  for (const name of ["available", "diversions", "statoverride"]) writeFileSync(join(root, "var/lib/dpkg", name), "");
  for (const name of names("/var/lib/dpkg/info")) if (name.endsWith(".list")) copy(`/var/lib/dpkg/info/${name}`, root);
}

function copyKeys(root) {
  copyIfPresent("/etc/apt/trusted.gpg", root);
  for (const name of names("/etc/apt/trusted.gpg.d"))
    if (/\.(gpg|asc)$/.test(name)) copy(`/etc/apt/trusted.gpg.d/${name}`, root);
}

/** How many lists of packages there were to copy. */
function copyLists(root) {
  const lists = names("/var/lib/apt/lists").filter((name) => LISTS.test(name));
  for (const name of lists) copy(`/var/lib/apt/lists/${name}`, root);
  return lists.filter((name) => /_Packages/.test(name)).length;
}

function names(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function copyIfPresent(path, root) {
  if (existsSync(path)) copy(path, root);
}

function copy(path, root) {
  const to = join(root, path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(path, to, constants.COPYFILE_FICLONE);
}

/** How this machine reaches its sources (proxies, compression of lists), as lines of apt.conf(5). */
async function machineSettings(env) {
  const dump = await runOk("apt-config", ["dump", "Acquire"], { env });
  return dump
    .split("\n")
    .filter((line) => !/^Acquire::(IndexTargets|Languages|Changelogs)\b| "";$/.test(line))
    .join("\n");
}

/**
 * No terminal log, which apt would give to a group that a namespace of one user does not have.
 * Without --force-script-chrootless dpkg enters the root before it runs a script, and finds no shell there: should one come
 * in spite of all checks, it fails and does not touch the machine.
 */
function configuration(root, settings) {
  return `Dir "${root}/";
Dir::State::status "${root}/var/lib/dpkg/status";
Dir::Bin::dpkg "/usr/bin/dpkg";
Dir::Bin::methods "/usr/lib/apt/methods";
Dir::Bin::solvers:: "/usr/lib/apt/solvers";
Dir::Bin::planners:: "/usr/lib/apt/planners";
DPkg::Options { "--root=${root}"; "--force-unsafe-io"; "--log=${root}/var/log/dpkg.log"; };
DPkg::Use-Pty "false";
Dir::Log::Terminal "";
APT::Sandbox::User "root";
Acquire::Languages "none";
${settings}
`;
}
