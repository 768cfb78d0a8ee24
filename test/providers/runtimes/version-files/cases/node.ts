import { type Case, file } from "../table.ts";

const nvmrc = file(".nvmrc");
const nodeVersion = file(".node-version");

const README = "nvm README, .nvmrc";
const PROCESS = "nvm.sh, nvm_process_nvmrc";
const USAGE = "nvm README, Usage";
const LTS = "nvm README, Long-term Support";
const READ = "nodenv-version-file-read";
const NAME = "nodenv-version-name";

const MANY = "it names more than one version";
const NONE = "it names no version";
const NO_ALIAS = "that is no version, and no alias that nvm has for everybody";
const NO_PAIR = "nvm takes no such pair of key and value";
const NO_VERSION = "that is not a version";

export const NODE: readonly Case[] = [
  nvmrc(README, "5.9\n", "node 5.9 (.nvmrc:1)"),
  nvmrc(README, "v20.11.0\n", "node 20.11.0 (.nvmrc:1)"),
  nvmrc(README, "20.11.0", "node 20.11.0 (.nvmrc:1)"),
  nvmrc(README, "20\n", "node 20 (.nvmrc:1)"),
  nvmrc(README, "  20.11.0  \n", "node 20.11.0 (.nvmrc:1)"),
  nvmrc(README, "20.11.0\r\n", "node 20.11.0 (.nvmrc:1)"),
  nvmrc(README, "lts/*\n", "node lts (.nvmrc:1)"),
  nvmrc(README, "node\n", "node latest (.nvmrc:1)"),
  nvmrc(USAGE, "stable\n", "node latest (.nvmrc:1)"),
  nvmrc(USAGE, "system\n", "node system (.nvmrc:1)"),
  nvmrc(USAGE, "default\n", "node (.nvmrc:1)"),
  nvmrc(USAGE, "iojs\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc(USAGE, "my-alias\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc(LTS, "lts/iron\n", "node lts/iron (.nvmrc:1)"),
  nvmrc(LTS, "lts/argon\n", "node lts/argon (.nvmrc:1)"),
  nvmrc(LTS, "lts/-1\n", "node lts/-1 (.nvmrc:1)"),
  nvmrc(LTS, "lts/-0\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc(LTS, "lts/IRON\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc(LTS, "lts/../../etc\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc(PROCESS, "# the version\n20.11.0 # of production\n", "node 20.11.0 (.nvmrc:2)"),
  nvmrc(PROCESS, "\n\n  \n20.11.0\n\n", "node 20.11.0 (.nvmrc:4)"),
  nvmrc(PROCESS, "#20\n", `node ! ${NONE} (.nvmrc:1)`),
  nvmrc(PROCESS, "", `node ! ${NONE} (.nvmrc:1)`),
  nvmrc(PROCESS, "20\n18\n", `node ! ${MANY} (.nvmrc:2)`),
  nvmrc(PROCESS, "20\n# and\n18\n", `node ! ${MANY} (.nvmrc:3)`),
  nvmrc(PROCESS, "key=value\n20\n", "node 20 (.nvmrc:2)"),
  nvmrc(PROCESS, "20\nkey = value\n", "node 20 (.nvmrc:1)"),
  nvmrc(PROCESS, "node=20\n", `node ! ${NO_PAIR} (.nvmrc:1)`),
  nvmrc(PROCESS, "20\nkey=1\nkey=2\n", `node ! ${NO_PAIR} (.nvmrc:3)`),
  nvmrc(PROCESS, "key=value\n", `node ! ${NONE} (.nvmrc:1)`),
  nvmrc("nvm.sh, nvm_match_version", "20.x\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc("nvm.sh, nvm_match_version", "^20\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc("nvm.sh, nvm_match_version", "20.11.0-rc.1\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),
  nvmrc("nvm.sh, nvm_match_version", "$(id)\n", `node ! ${NO_ALIAS} (.nvmrc:1)`),

  nodeVersion(READ, "20.11.0\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(READ, "20.11.0 18.0.0\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(READ, "20.11.0\n18.0.0\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(READ, "\n\n20.11.0\n", "node 20.11.0 (.node-version:3)"),
  nodeVersion(READ, "\t20.11.0\r\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(READ, "20.11.0", "node 20.11.0 (.node-version:1)"),
  nodeVersion(READ, "\n", `node ! ${NONE} (.node-version:1)`),
  nodeVersion(READ, "..\n", `node ! ${NO_VERSION} (.node-version:1)`),
  nodeVersion(READ, "../../etc\n", `node ! ${NO_VERSION} (.node-version:1)`),
  nodeVersion(READ, "lts/iron\n", `node ! ${NO_VERSION} (.node-version:1)`),
  nodeVersion(NAME, "v20.11.0\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(NAME, "node-20.11.0\n", "node 20.11.0 (.node-version:1)"),
  nodeVersion(NAME, "system\n", "node system (.node-version:1)"),
  nodeVersion(NAME, "20\n", "node 20 (.node-version:1)"),

  ["nvm.sh, nvm_find_up", { ".nvmrc": "18\n" }, "node 18 (/.nvmrc:1)"],
  ["nvm.sh, nvm_find_up", { ".nvmrc": "18\n", "a/.nvmrc": "20\n" }, "node 20 (/a/.nvmrc:1)"],
  ["nvm.sh, nvm_find_up", { "a/.nvmrc": "20\n", "a/b/.nvmrc": "22\n" }, "node 22 (.nvmrc:1)"],
  ["nvm.sh, nvm_find_up", { "a/b/c/.nvmrc": "20\n" }],
  ["nvm.sh, nvm_find_up", { ".nvmrc": "18\n", "a/b/.nvmrc": "\n" }, `node ! ${NONE} (.nvmrc:1)`],
  [
    "nodenv README, Choosing the Node Version",
    { ".node-version": "18.0.0\n", "a/.node-version": "20.0.0\n" },
    "node 20.0.0 (/a/.node-version:1)",
  ],
  [
    "issue 6: the closest folder",
    { "a/.nvmrc": "20\n", "a/b/.node-version": "22.1.0\n" },
    "node 22.1.0 (.node-version:1)",
  ],
  [
    "issue 6: the order within a folder",
    { "a/b/.nvmrc": "20\n", "a/b/.node-version": "22.1.0\n" },
    "node 20 (.nvmrc:1)",
  ],
];
