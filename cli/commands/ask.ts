import { ALL, type CommandSpec, GROUPS, PROVIDERS } from "../command-spec.ts";
import type { OptionSpec } from "../options.ts";

const NAMES: OptionSpec = { flags: "--names", description: "print names alone, one a line" };
const LIMIT: OptionSpec = {
  flags: "--limit <count>",
  description: "show at most so many; default: 25",
  number: "count",
};

const AUR: OptionSpec = { flags: "--aur", description: "fetch the AUR's names, if that was not done today" };

export const ASK_COMMANDS: readonly CommandSpec[] = [
  {
    name: "search",
    passedOn: true,
    selects: PROVIDERS,
    action: "search",
    group: GROUPS.ask,
    summary: "find packages by name and summary",
    description:
      "Every term has to fit; what fits the name best comes first. Answers from an index in the cache, which is made again when the package lists change. The AUR's packages are found, as aur.NAME, from the first --aur on. Exit 1 where nothing is found.",
    argument: { name: "terms...", description: "words, or parts of them" },
    options: [LIMIT, NAMES, AUR],
    examples: [
      { command: "omg search json parser", meaning: "both words, in name or summary" },
      { command: "omg search --names --limit 1000 python3-", meaning: "for a pipe" },
      { command: "omg search --aur pikaur", meaning: "on Arch: the AUR's names as well, from then on" },
    ],
  },
  {
    name: "info",
    passedOn: true,
    selects: ALL,
    action: "info",
    group: GROUPS.ask,
    summary: "show all that is known of a package",
    description:
      "Versions with their sources and priorities, what is installed, what the lock and its pins say, who owns it, and what omg verified. -v adds the description and all relations.",
    argument: { name: "name...", description: "packages, such as curl", completes: "packages" },
    options: [],
    examples: [{ command: "omg info curl", meaning: "on one screen" }],
  },
  {
    name: "why",
    selects: ALL,
    action: "why",
    group: GROUPS.ask,
    summary: "say why a package is here, or is not",
    description:
      "The line of the lock that asks for it, and the shortest ways in which what was asked for leads to it. -v shows everything that needs it directly.",
    argument: { name: "name", description: "a package, such as libssl3", completes: "installed" },
    options: [],
    examples: [{ command: "omg why libssl3", meaning: "who brought it" }],
  },
  {
    name: "outdated",
    passedOn: true,
    selects: ALL,
    action: "outdated",
    group: GROUPS.ask,
    summary: "list what has a newer version",
    description: "By the package lists on the disk, as `apt list --upgradable` and `pacman -Qu` have it.",
    options: [NAMES],
    examples: [{ command: "omg outdated --json", meaning: "with pins, sources and holds, for programs" }],
  },
  {
    name: "explicit",
    passedOn: true,
    selects: ALL,
    action: "explicit",
    group: GROUPS.ask,
    summary: "list what was asked for by name",
    options: [NAMES],
    examples: [{ command: "omg explicit", meaning: "with a mark at what the lock names" }],
  },
  {
    name: "orphans",
    passedOn: true,
    selects: PROVIDERS,
    action: "orphans",
    group: GROUPS.ask,
    summary: "list what nothing needs any more",
    description:
      "What came along as a dependency and nothing needs any more, as `apt-get autoremove` and `pacman -Qdt` have it. Removes nothing.",
    options: [NAMES],
    examples: [{ command: "omg orphans", meaning: "what could go, and its size" }],
  },
  {
    name: "size",
    selects: PROVIDERS,
    action: "size",
    group: GROUPS.ask,
    summary: "show what takes the space",
    description:
      "Sizes as the packages state them, the largest first, and what the removal of each would free: with what cannot be without it, and with all that nothing needs then.",
    argument: { name: "name...", description: "only these; default: everything installed", completes: "installed" },
    options: [LIMIT],
    examples: [
      { command: "omg size", meaning: "the 25 largest" },
      { command: "omg size gcc-12 -v", meaning: "and what would go with it" },
    ],
  },
];
